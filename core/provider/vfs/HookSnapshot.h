// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/SnapshotProvider.h"

#include <cstdint>
#include <string>

/// Snapshots that VFS modules have made: directories of any file system, in a
/// place that the module has chosen.
namespace fss::hooks {

/// "vfs:IDENTITY:PATH": the identity is its root directory's.
Result<Volume> volumeAt(const std::string &root, const std::string &share);

/// Opens a volume's root and makes sure that it still is that volume: without
/// its file system what is not there is not gone.
Result<Fd> openVolume(const Volume &volume);

/// A module, or its script, may answer with anything: a path that is, or holds,
/// the volume itself is never exposed or deleted.
/// Errors: EINVAL.
Result<void> checkPlace(const std::string &snapshot, const std::string &volume);

/// Opens a snapshot's directory; without a descriptor where it is not there.
Result<Fd> openSnapshot(const std::string &path);

/// What tells this directory from another one in its place, as SnapshotRef has
/// it: a subvolume's uuid, else number and birth of its inode.
Result<std::string> identityOf(int snapshot);

/// The snapshot that is meant; without a descriptor where it is gone.
/// Errors: ESTALE where another directory stands in its place.
Result<Fd> findSnapshot(const std::string &path, const std::string &identity);

/// Makes a btrfs snapshot writable or read-only. Another one stays as it is.
/// Errors: NotSupported where it is to be written to and its file system cannot.
Result<void> setWritable(int snapshot, const std::string &path, bool writable);

/// The file system's number for the instant of the snapshot, for
/// SnapshotResult: btrfs's transaction, else one that no other has.
struct Instant {
	std::string fileSystem;
	uint64_t transaction = 0;
};
Result<Instant> instantOf(int snapshot);

} // namespace fss::hooks
