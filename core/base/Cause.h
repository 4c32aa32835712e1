// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <span>
#include <string>
#include <string_view>

/// What an errno means, and what an administrator can do. docs/troubleshooting.md has
/// all rows.
namespace fss {

enum class Operation {
	Any,
	File,     ///< something with a file or directory of the agent's own
	Volume,   ///< any of the following, which concern a share's volume
	Examine,  ///< look at directories and subvolumes
	Create,   ///< make a directory or a subvolume for snapshots
	Snapshot, ///< make a snapshot
	Change,   ///< make a snapshot read-only or writable
	Destroy,  ///< destroy a snapshot
};

/// What the kernel refuses with EPERM for, as far as that can be found out.
enum class Circumstance {
	Any,
	Unprivileged,     ///< the process has no CAP_SYS_ADMIN
	Immutable,        ///< the subvolume or the directory that it is in
	SwapFile,         ///< the subvolume holds an active one
	DefaultSubvolume, ///< of the file system
	Sent,             ///< it is read-only, and nothing else is in the way but btrfs send
};

struct Cause {
	Operation operation = Operation::Any;
	int errnum = 0;
	Circumstance circumstance = Circumstance::Any;
	HResult code = HResult::Fail;
	std::string_view remedy;
};

/// All that are known; the first that fits counts.
std::span<const Cause> causes();

/// The cause of an errno; null: none is known, and errno says all there is.
const Cause *causeOf(Operation operation, int errnum,
                     Circumstance circumstance = Circumstance::Any);

/// Whether this thread has CAP_SYS_ADMIN, as
/// the kernel asks of those who look at, make and destroy subvolumes.
bool hasSystemAdministration();

/// The error of an operation that failed: step, errno, cause and remedy. What fails
/// with fail() and an errno, but without advice, is looked up as Operation::File.
tl::unexpected<Error> failed(Operation operation, std::string step, int errnum,
                             Circumstance circumstance = Circumstance::Any);

/// Errors: NotSupported where this process could not make snapshots at all.
Result<void> checkPrivilege();

} // namespace fss
