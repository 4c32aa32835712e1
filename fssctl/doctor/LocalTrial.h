// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Server.h"
#include "fssctl/doctor/Trial.h"

#include <optional>

namespace fss::doctor {

/// A trial with an agent in this process: no client, no smbd.
class LocalTrial : public Trial {
public:
	explicit LocalTrial(fssctl::Server &server) : server_(server) {}

	std::string way() const override { return "on this machine, without a client"; }
	Result<void> create(const std::string &share) override;
	Result<void> read() override;
	Result<void> remove() override;
	std::vector<Remedy> remedies(const Error &) override { return {}; }

private:
	fssctl::Server &server_;
	std::optional<SetId> set_;
};

} // namespace fss::doctor
