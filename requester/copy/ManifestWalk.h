// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Manifest.h"
#include "requester/copy/Threads.h"

namespace fss::requester {

/// Does something with a file of a copy, on the connection of its thread. The
/// buffer is of BlockBytes.
using FileTask = std::function<void(PatientTree &remote, std::span<std::byte> buffer,
                                    const ManifestEntry &)>;

struct ManifestWalk {
	const Connect &connect;
	unsigned connections;
	std::chrono::milliseconds patience;
	const CopyWatch &watch;
	const Cancellation &cancellation;

	/// Calls the task for each file of the copy that choose() wants, on several
	/// threads at a time.
	Result<void> eachFile(const std::filesystem::path &copy, CopyRun &run,
	                      const std::function<bool(const ManifestEntry &)> &choose,
	                      const FileTask &task) const;
};

} // namespace fss::requester
