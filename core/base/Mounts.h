// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <string>
#include <vector>

namespace fss {

struct Mount {
	std::string target; ///< the directory, absolute
	std::string root;   ///< the directory of the file system that is there, "/" for all of it
	std::string type;   ///< of the file system, as "btrfs"
	bool writable = false;
};

/// The mounts that a process sees, in the order of the kernel.
/// table: in the form of /proc/PID/mountinfo.
/// Errors: Fail where it cannot be read.
Result<std::vector<Mount>> mounts(const std::string &table = "/proc/self/mountinfo");

} // namespace fss
