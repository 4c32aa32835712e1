// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/Command.h"

namespace fss::requester {

/// The options of all commands that make a set.
struct CreateOptions {
	bool persistent = false;
	std::string freeze;
	std::string thaw;
	int frozenSeconds = 60;

	void add(cli::Command &command);
	Result<SetSpec> spec(const std::vector<std::string> &shares, bool autoRecovery) const;
};

class CreateCommand : public Command {
public:
	cli::Command add(cli::Command &program) override;
	Result<Answer> run(Environment &environment) override;

private:
	std::vector<std::string> shares_;
	CreateOptions options_;
	bool autoRecovery_ = false;
	std::string metadata_;
};

} // namespace fss::requester
