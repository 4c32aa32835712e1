// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace fss {

/// Names a volume for good, wherever it is mounted: provider, file system and
/// subvolume.
using VolumeId = std::string;

/// What a snapshot is made of: for btrfs, the subvolume that holds a share.
struct Volume {
	VolumeId id;
	std::string root;  ///< where it is mounted or reached, absolute
	std::string store; ///< the snapshot store for it, absolute
};

/// How file systems and subvolumes below a share are treated ("fss:nested").
enum class NestedPolicy {
	Refuse,	 ///< as MS-FSRVP 3.1.4.4 asks: the share is not supported
	Include, ///< nested subvolumes are snapshotted into their place
	Ignore,	 ///< left out, as on Windows
};

} // namespace fss
