// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/metadata/Metadata.h"
#include "requester/script/Words.h"

#include <optional>

namespace fss::requester {

/// What SET, ADD and WRITER have said, and what RESET forgets.
struct Settings {
	bool persistent = false; ///< DiskShadow's default is VOLATILE
	bool writers = true;
	bool autoRecovery = true;
	bool verbose = false;
	std::filesystem::path metadata;

	struct Volume {
		Unc share;
		std::string alias;
		std::vector<std::string> paths; ///< below the share
	};
	std::vector<Volume> volumes;
	std::vector<std::string> verified; ///< WRITER VERIFY: "name" or "name:component"
	std::vector<std::string> excluded; ///< WRITER EXCLUDE
	std::optional<Metadata> loaded;    ///< LOAD METADATA

	Context context() const;
	/// SET without anything.
	std::string text() const;

	/// SET CONTEXT …
	Result<void> setContext(const std::vector<std::string> &words);
	/// SET OPTION …
	Result<void> setOptions(const std::vector<std::string> &words);
	/// ADD VOLUME \\server\share[\path] [ALIAS name]
	Result<void> addVolume(const std::vector<std::string> &words);
};

/// "\\server\share\a\b" as server and share, and "a/b".
struct SharePath {
	Unc share;
	std::string path;
};
Result<SharePath> sharePathOf(const std::string &text);

/// A command that was not understood, with what it takes.
tl::unexpected<Failure> wrongUse(const std::string &what, std::string reason,
                                 std::string advice = {});

} // namespace fss::requester
