// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/Command.h"

namespace fss::requester {

/// Compares the catalog with the servers: what one has and the other has not.
class OrphansCommand : public Command {
public:
	cli::Command add(cli::Command &program) override;
	Result<Answer> run(Environment &environment) override;

private:
	std::vector<std::string> shares_;
	bool clean_ = false;
};

} // namespace fss::requester
