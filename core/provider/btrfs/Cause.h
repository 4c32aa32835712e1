// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <span>
#include <string>
#include <string_view>

/// What an errno of the file system means, and what an administrator can do.
namespace fss::btrfs {

enum class Operation {
	Any,
	Examine,  ///< look at subvolumes
	Create,   ///< make a directory or a subvolume for snapshots
	Snapshot, ///< make a snapshot
	Change,   ///< make a snapshot read-only or writable
	Destroy,  ///< destroy a snapshot
};

/// Whether a row is for a process with or without CAP_SYS_ADMIN.
enum class Privilege { Any, Missing, Present };

struct Cause {
	Operation operation = Operation::Any;
	int errnum = 0;
	Privilege privilege = Privilege::Any;
	HResult code = HResult::Fail;
	std::string_view remedy;
};

/// All that are known; the first that fits counts.
std::span<const Cause> causes();

/// The cause of an errno; null: none is known, and errno says all there is.
const Cause *causeOf(Operation operation, int errnum, bool privileged);

/// Whether this thread has CAP_SYS_ADMIN, as
/// the kernel asks of those who look at, make and destroy subvolumes.
bool hasSystemAdministration();

/// The error of an operation that failed: step, errno, cause and remedy.
tl::unexpected<Error> failed(Operation operation, std::string step, int errnum);

/// Errors: NotSupported where this process could not make snapshots at all.
Result<void> checkPrivilege();

} // namespace fss::btrfs
