// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cause.h"

#include <string>

namespace fss::btrfs {

/// Why the kernel does not allow the deletion of a subvolume or of one nested in it
/// (EPERM), by looking at what it asks for. Keeps errno.
/// subvolume: its open root.
Circumstance whyNotDeleted(int subvolume);

/// The error of a deletion, with errno as the call has left it.
/// subvolume: an open root, or -1 where it cannot be opened.
tl::unexpected<Error> deletionFailed(int subvolume, std::string step);

} // namespace fss::btrfs
