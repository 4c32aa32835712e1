// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/Command.h"

namespace fss::requester {

/// Whether shares can have shadow copies, and who would make them.
class CheckCommand : public Command {
public:
	cli::Command add(cli::Command &program) override;
	Result<Answer> run(Environment &environment) override;

private:
	std::vector<std::string> shares_;
};

} // namespace fss::requester
