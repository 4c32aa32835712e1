// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/SnapshotProvider.h"

#include <cstdint>
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
	uint64_t id = 0; ///< of the subvolume
};

/// Finds a snapshot without following any link below the volume's root.
/// Errors: Fail with ESTALE where another subvolume stands in its place, which
/// cannot be told of a snapshot with a path but without a uuid.
Result<FoundSnapshot> findSnapshot(const SnapshotRef &snapshot);

/// See SnapshotProvider::adopt().
/// volume: what snapshot.volume is, which must be its root.
Result<Adoption> examineForeign(const Volume &volume, const ForeignSnapshot &snapshot);

/// Whether a path below a volume's root is one that vfs_btrfs gives to a
/// snapshot: "@GMT-YYYY.MM.DD-HH.MM.SS", in the root itself.
bool isVfsBtrfsPlace(const std::string &relativePath);

} // namespace fss::btrfs
