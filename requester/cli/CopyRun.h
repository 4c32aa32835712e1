// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/Command.h"
#include "requester/copy/Copy.h"
#include "requester/copy/SmbTree.h"

#include <filesystem>
#include <string>
#include <vector>

namespace fss::requester {

/// The options of commands that copy.
struct CopyCommandOptions {
	CopyOptions copy;
	bool noAcls = false;
	void add(cli::Command &command);
};

/// What was copied of one share.
struct CopiedShare {
	std::string share;
	std::filesystem::path directory;
	CopyReport report;
};

/// Shows how a copy goes, where standard error is a terminal.
class Meters {
public:
	explicit Meters(const Environment &environment);
	CopyWatch watch(const std::string &what);
	~Meters();

private:
	bool show_;
	bool shown_ = false;
};

/// The directory for one shadow copy: the destination itself where it is the
/// set's only one, else one below it with the share's name, and, where two
/// servers have a share of that name, the server's in front.
std::filesystem::path directoryFor(const ShadowSet &set, const ShadowCopy &copy,
                                   const std::filesystem::path &destination);

/// Copies all exposed shares of a set, one after the other. Fails where one
/// cannot be copied as a whole; files that are left out stand in the reports.
Result<std::vector<CopiedShare>> copySet(Environment &environment, const ShadowSet &set,
                                         const std::filesystem::path &destination,
                                         const CopyCommandOptions &options);

/// The answer of a command that copied, with the failure of what was left out.
Answer answerOf(const std::vector<CopiedShare> &copied);

/// //SERVER/SHARE[/PATH]
Result<SmbPlace> placeOf(const std::string &text);

} // namespace fss::requester
