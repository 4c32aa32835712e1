// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"

#include <filesystem>
#include <set>

namespace fss::requester {

/// The applications of this machine that take part in backups: executables in
/// a directory, by default /etc/smbshadow/writers.d. A file's name is the
/// writer's, an id (with or without braces) or any other. It is called with
/// one argument:
///
///   identify         print the components, one a line
///   freeze, thaw     hold still, go on
///   backup-complete  the backup has ended
///   pre-restore      before files are put back
///   post-restore     after
///
/// and must do nothing and succeed for arguments that it does not know.
/// What starts with "." or ends with "~" or ".dpkg-…" is no writer.
class Writers {
public:
	explicit Writers(std::filesystem::path directory) : directory_(std::move(directory)) {}

	static constexpr const char *DefaultDirectory = "/etc/smbshadow/writers.d";

	/// Their names, sorted. A directory that is not there has none.
	Result<std::vector<std::string>> names() const;
	/// The file of a writer, whatever way its name is written.
	Result<std::filesystem::path> find(const std::string &name) const;
	/// Calls it and returns what it prints, by lines.
	Result<std::vector<std::string>> call(const std::string &name,
	                                      const std::string &verb) const;
	/// For a set: its freeze and thaw commands.
	Result<Writer> hooks(const std::string &name) const;

	/// A name as it is compared: without braces, in upper case.
	static std::string key(const std::string &name);

private:
	std::filesystem::path directory_;
};

} // namespace fss::requester
