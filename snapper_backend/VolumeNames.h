// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"

/// A volume of snapper's is one of btrfs's under another name:
/// "snapper:FSID:SUBVOLUME-ID".
namespace fss::snapper {

constexpr const char *providerName = "snapper";

inline VolumeId renamed(const VolumeId &id, const char *provider)
{
	return provider + id.substr(std::min(id.find(':'), id.size()));
}

inline Volume asBtrfs(const Volume &volume)
{
	return {renamed(volume.id, "btrfs"), volume.root, volume.store};
}

inline SnapshotRef asBtrfs(const SnapshotRef &snapshot)
{
	return {snapshot.id, asBtrfs(snapshot.volume), snapshot.uuid, snapshot.path};
}

/// The absolute path of what lies below a volume's root.
inline std::string pathBelow(const std::string &root, const std::string &relativePath)
{
	return (root == "/" ? "" : root) + "/" + relativePath;
}

} // namespace fss::snapper
