// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/CopyRun.h"
#include "requester/cli/CreateCommand.h"

namespace fss::requester {

/// Makes a set, copies it to a directory of its own, and deletes it, whatever
/// became of the copy.
class BackupCommand : public Command {
public:
	cli::Command add(cli::Command &program) override;
	Result<Answer> run(Environment &environment) override;

private:
	std::vector<std::string> words_; ///< shares, and the destination behind them
	CreateOptions create_;
	CopyCommandOptions copy_;
	unsigned keep_ = 0;
};

} // namespace fss::requester
