// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsVersions.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/CopyTime.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <cerrno>
#include <fmt/format.h>
#include <optional>

namespace fss {

namespace {

// The uuid of the snapshot in a shadow copy's directory, where that is finished and
// changes no more, and the share's directory is in it, which was a link or nothing at
// that time otherwise.
std::optional<std::string> versionIn(int copy, const std::string &relativePath)
{
	const auto snapshot = btrfs::openDirectory(copy, SnapshotStore::snapshotName);
	bool readOnly = false;
	struct btrfs_util_subvolume_info info {};
	if (!snapshot || !*snapshot || !btrfs::isSubvolumeRoot(snapshot->get()) ||
	    btrfs_util_get_subvolume_read_only_fd(snapshot->get(), &readOnly) != BTRFS_UTIL_OK ||
	    btrfs_util_subvolume_info_fd(snapshot->get(), 0, &info) != BTRFS_UTIL_OK || !readOnly)
		return std::nullopt;
	if (!relativePath.empty() && !btrfs::openBeneath(snapshot->get(), relativePath))
		return std::nullopt;
	const auto uuid = btrfs::uuidText(info.uuid);
	if (!btrfs::checkSnapshot(copy, snapshot->get(), uuid, ""))
		return std::nullopt;
	return uuid;
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
		const auto copy = btrfs::openDirectory(opened->get(), name);
		if (!time || !copy || !*copy)
			continue;
		const auto uuid = versionIn(copy->get(), share_.relativePath);
		if (!uuid)
			continue;
		auto root = store.snapshotPath(*CopyId::parse(name));
		auto directory =
		        share_.relativePath.empty() ? root : root + "/" + share_.relativePath;
		versions.push_back(
		        {*time, std::move(directory), ClosedSnapshot{std::move(root), *uuid}});
	}
	return versions;
}

Result<Fd> BtrfsVersions::open(const Version &version) const
{
	const auto [path, uuid] = version.closed.value_or(ClosedSnapshot());
	const SnapshotStore store(share_.volume.store);
	const auto id = store.idAt(path);
	const auto copy = id ? store.openCopyDirectory(*id, btrfs::fsidOf(share_.volume.id))
	                     : Result<Fd>(Fd());
	if (!copy)
		return tl::unexpected(copy.error());
	auto root = *copy ? btrfs::openDirectory(copy->get(), SnapshotStore::snapshotName)
	                  : Result<Fd>(Fd());
	if (!root)
		return root;
	if (!*root || !btrfs::checkSnapshot(copy->get(), root->get(), uuid, path))
		return fail(HResult::ObjectNotFound, fmt::format("open '{}'", path), ENOENT,
		            "the snapshot was deleted");
	return root;
}

} // namespace fss
