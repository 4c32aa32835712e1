// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Meter.h"
#include "requester/copy/RemoteTree.h"
#include "requester/model/Watch.h"

#include <chrono>
#include <filesystem>
#include <functional>

namespace fss::requester {

struct CopyOptions {
	/// Connections, each with a thread and about 16 MiB.
	unsigned connections = 4;
	/// Keep owner, group and DACL. Costs a second open for each file.
	bool securityDescriptors = true;
	/// Afterwards read what is on the disk and on the share once more.
	bool verify = false;
	/// How long a lost connection is tried again.
	std::chrono::milliseconds patience = std::chrono::seconds(30);
};

struct CopyReport {
	uint64_t files = 0; ///< whole at the destination, also by earlier runs
	uint64_t directories = 0;
	uint64_t bytes = 0;
	uint64_t filesHadAlready = 0;
	uint64_t filesVerified = 0;
	uint64_t failures = 0;       ///< files and directories that were left out
	std::vector<Failure> failed; ///< the first hundred of them

	/// The report as a failure of kind Incomplete, where something failed.
	Result<void> verdict(const std::string &what) const;
};

/// Called about five times a second, by the thread that called.
using CopyWatch = std::function<void(const CopyProgress &)>;

/// Copies a share, or a part of it, into a directory of this machine. The
/// source is its name in the manifest: \\server\share@{…}\path.
///
/// A file has its name once it is whole, with its times; a run that was ended
/// in any way goes on when it is begun again with the same source and
/// destination. Files that cannot be read are reported, and the others copied.
/// Fails for what concerns all: no connection, disk full, cancelled.
Result<CopyReport> copyFromShare(const Connect &connect, const std::string &source,
                                 const std::filesystem::path &destination,
                                 const CopyOptions &options, const CopyWatch &watch,
                                 const Cancellation &cancellation);

struct RestoreOptions {
	unsigned connections = 4;
	bool securityDescriptors = true;
	bool times = true;
	/// Read back what was written and compare.
	bool verify = false;
	/// Files and directories of the copy, with "/"; empty: all.
	std::vector<std::string> chosen;
	std::chrono::milliseconds patience = std::chrono::seconds(30);
};

/// Copies the other way: what the copy's manifest has goes to a live share, in
/// the place that connect() leads to. A file that is there is replaced once the
/// new one is whole; one whose data here have not its checksum is left out and
/// reported.
Result<CopyReport> restoreToShare(const Connect &connect, const std::filesystem::path &copy,
                                  const RestoreOptions &options, const CopyWatch &watch,
                                  const Cancellation &cancellation);

} // namespace fss::requester
