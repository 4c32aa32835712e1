// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Finding.h"
#include "fssctl/doctor/Surroundings.h"

#include <functional>
#include <optional>
#include <string>

namespace fss::doctor {

/// Runs all checks, the server's and then those of its shares. A check that
/// throws is a finding of its own, and the others go on.
class Doctor {
public:
	using Told = std::function<void(const Finding &)>;

	/// told: gets each finding when it is known.
	Doctor(const Surroundings &at, Told told) : at_(at), told_(std::move(told)) {}

	/// share: to look at that one only; "": at all that take part.
	void examine(const std::string &share);

	const Findings &findings() const { return findings_; }
	/// A share that the trial can be made with: the first without errors, where
	/// the server has none either.
	std::optional<std::string> soundShare() const;

private:
	void run(const char *check, const std::function<Findings()> &look);
	void examineShare(const std::string &name);
	std::vector<std::string> participants();
	bool hasError(const std::string &share) const;

	const Surroundings &at_;
	Told told_;
	Findings findings_;
	std::vector<std::string> examined_;
};

} // namespace fss::doctor
