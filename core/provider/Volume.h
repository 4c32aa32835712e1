// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
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
	/// Whose VFS modules make its snapshots, wherever they put them; "" where
	/// it is a provider of this agent that does.
	std::string share{};

	bool byHooks() const { return !share.empty(); }
};

/// The absolute path of a directory below a volume's root; "" is the root.
inline std::string directoryOf(const Volume &volume, const std::string &relativePath)
{
	if (relativePath.empty())
		return volume.root;
	return volume.root + (volume.root.ends_with('/') ? "" : "/") + relativePath;
}

/// How file systems and subvolumes below a share are treated ("fss:nested").
enum class NestedPolicy {
	Refuse,  ///< as MS-FSRVP 3.1.4.4 asks: the share is not supported
	Include, ///< nested subvolumes are snapshotted into their place
	Ignore,  ///< left out, as on Windows
};

/// Who makes the shadow copies of a share ("fss:provider").
enum class ProviderChoice {
	Auto, ///< whoever can, snapper first
	Btrfs,
	Snapper,
	Vfs, ///< the share's own VFS modules
};

/// How much room a volume must have for a shadow copy ("fss:min free").
struct MinimumFree {
	uint64_t bytes = UINT64_MAX; ///< at least so many, or
	unsigned percent = 100;      ///< so much of the file system: the lesser counts

	uint64_t of(uint64_t size) const
	{
		return std::min(bytes,
		                static_cast<uint64_t>(static_cast<double>(size) * percent / 100));
	}
};

} // namespace fss
