// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <string>

/// What a finished snapshot has to be for good. It stands in an attribute of the
/// directory that holds the snapshot, which is root's alone, and goes with it.
namespace fss::btrfs {

/// Waits until what was written before the snapshot became read-only is written
/// out, which counts as a change of it.
Result<void> settle(int root);

/// Notes that the snapshot is finished: from now on checkSnapshot() refuses it
/// where it can be written to, or was changed.
/// holder: the directory that holds it. root: the snapshot's, read-only by now.
Result<void> noteSeal(int holder, int root);

/// Whether the snapshot is the one that was made, and unchanged since it was
/// finished. One that is not finished, or was made by an earlier version of this
/// software, is known by its uuid alone.
/// uuid: "" where it is not known. path: for the error.
/// Errors: Fail with ESTALE for another subvolume, and with EBADMSG for a
/// changed one.
Result<void> checkSnapshot(int holder, int root, const std::string &uuid, const std::string &path);

} // namespace fss::btrfs
