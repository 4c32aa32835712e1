// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "fssctl/doctor/Finding.h"

#include <string>

namespace fss::doctor {

/// Makes a shadow copy of a share, reads it, and deletes it again.
class Trial {
public:
	virtual ~Trial() = default;

	/// How it goes about that: "over SMB as USER".
	virtual std::string way() const = 0;
	/// Errors carry the advice that mends them, if any.
	virtual Result<void> create(const std::string &share) = 0;
	virtual Result<void> read() = 0;
	/// Of what create() has made, also where that failed half way.
	virtual Result<void> remove() = 0;
	/// What mends a failed step.
	virtual std::vector<Remedy> remedies(const Error &error) = 0;
};

/// All three, and whatever happened before, the last one.
Finding runTrial(Trial &trial, const std::string &share);

} // namespace fss::doctor
