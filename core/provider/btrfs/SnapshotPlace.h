// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/SnapshotProvider.h"

#include <cstdint>
#include <optional>
#include <string>

/// Where a snapshot lies: at its place in the volume's store, or, where another
/// agent made it, at a path of its own below the volume's root.
namespace fss::btrfs {

/// The same snapshot without a path where that leads to a place in the
/// volume's store: then it is the id's that the place has.
SnapshotRef normalised(const SnapshotRef &snapshot);

/// The snapshot's absolute path.
std::string placeOf(const SnapshotRef &snapshot);

struct FoundSnapshot {
	Fd directory; ///< that holds it; no descriptor where the snapshot is not there
	std::string name;
	Fd root;
	uint64_t id = 0;      ///< of the subvolume
	bool foreign = false; ///< another subvolume stands in its place
};

/// What is in a snapshot's place, found without following any link below the
/// volume's root. Of a snapshot with a path but without a uuid all is foreign.
Result<FoundSnapshot> lookAtPlace(const SnapshotRef &snapshot);

/// The same. Errors: Fail with ESTALE where another subvolume is there.
Result<FoundSnapshot> findSnapshot(const SnapshotRef &snapshot);

/// The error for such a one.
tl::unexpected<Error> foreignInPlace(const SnapshotRef &snapshot);

/// Where the snapshot lies, from the file system's top-level subvolume on, if it
/// exists anywhere; whatever has become of its volume. Nothing where it is gone.
/// Errors: Fail with ENODEV where its file system is not mounted.
Result<std::optional<std::string>> findAnywhere(const SnapshotRef &snapshot);

/// Destroys the snapshot wherever it lies, with the directories around it that were
/// made for it and are empty. Returns whether it was there still.
/// Errors: as of findAnywhere(), and what the file system says.
Result<bool> destroyAnywhere(const SnapshotRef &snapshot);

/// See SnapshotProvider::adopt().
/// volume: what snapshot.volume is, which must be its root.
Result<Adoption> examineForeign(const Volume &volume, const ForeignSnapshot &snapshot);

/// Whether a path below a volume's root is one that vfs_btrfs gives to a
/// snapshot: "@GMT-YYYY.MM.DD-HH.MM.SS", in the root itself.
bool isVfsBtrfsPlace(const std::string &relativePath);

} // namespace fss::btrfs
