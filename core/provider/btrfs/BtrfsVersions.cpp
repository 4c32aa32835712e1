// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsVersions.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/CopyTime.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <fmt/format.h>

namespace fss {

namespace {

// Whether a shadow copy's directory holds a snapshot that changes no more, and
// in it the share's directory, which was a link or nothing at that time
// otherwise.
bool holdsVersion(int store, const std::string &copy, const std::string &relativePath)
{
	const auto snapshot = btrfs::openDirectory(
	        store, fmt::format("{}/{}", copy, SnapshotStore::snapshotName));
	bool readOnly = false;
	if (!snapshot || !*snapshot || !btrfs::isSubvolumeRoot(snapshot->get()) ||
	    btrfs_util_get_subvolume_read_only_fd(snapshot->get(), &readOnly) != BTRFS_UTIL_OK ||
	    !readOnly)
		return false;
	return relativePath.empty() || btrfs::openBeneath(snapshot->get(), relativePath);
}

} // namespace

Result<std::vector<Version>> BtrfsVersions::list() const
{
	const auto &volume = share_.volume;
	const SnapshotStore store(volume.store);
	const auto opened = store.open(btrfs::fsidOf(volume.id));
	if (!opened)
		return tl::unexpected(opened.error());
	std::vector<Version> versions;
	if (!*opened)
		return versions;
	const auto names = btrfs::namesIn(opened->get());
	if (!names)
		return tl::unexpected(names.error());
	for (const auto &name : *names) {
		const auto time = btrfs::timeOf(opened->get(), name, volume.id);
		if (!time || !holdsVersion(opened->get(), name, share_.relativePath))
			continue;
		auto directory = store.snapshotPath(*CopyId::parse(name));
		if (!share_.relativePath.empty())
			directory += "/" + share_.relativePath;
		versions.push_back({*time, std::move(directory)});
	}
	return versions;
}

} // namespace fss
