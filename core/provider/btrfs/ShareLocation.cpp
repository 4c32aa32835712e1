// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/ShareLocation.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss::btrfs {

namespace {

// The subvolume root at or above a directory, without leaving its mount.
Result<Fd> openSubvolumeRoot(Fd directory, const std::string &path)
{
	struct stat previous {};
	if (fstat(directory.get(), &previous) != 0)
		return fail(HResult::NotSupported, fmt::format("examine '{}'", path), errno);
	while (!isSubvolumeRoot(directory.get())) {
		Fd above(openat(directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		struct stat info {};
		if (!above || fstat(above.get(), &info) != 0)
			return fail(HResult::NotSupported, fmt::format("go up from '{}'", path),
			            errno);
		if (info.st_dev != previous.st_dev || info.st_ino == previous.st_ino)
			return fail(HResult::NotSupported,
			            fmt::format("find the subvolume of '{}'", path), 0,
			            "its root is not reachable from the share; mount the subvolume "
			            "itself instead of a directory of it");
		previous = info;
		directory = std::move(above);
	}
	return directory;
}

} // namespace

Result<std::string> checkNested(int root, const Volume &volume, const std::string &relativePath,
                                NestedPolicy policy)
{
	const auto share = directoryOf(volume, relativePath);
	const auto mount = findMountBelow(share, volume.root);
	if (!mount)
		return tl::unexpected(mount.error());
	const auto subvolume = findSubvolumeBelow(root, volume, relativePath);
	if (!subvolume)
		return tl::unexpected(subvolume.error());
	if (policy == NestedPolicy::Ignore)
		return mount->value_or(subvolume->value_or(""));
	if (*mount)
		return fail(
		        HResult::NotSupported,
		        fmt::format("'{}' is mounted below '{}', and a snapshot would not hold it",
		                    **mount, share),
		        0, "mount it elsewhere, or set fss:nested = ignore");
	if (*subvolume && policy == NestedPolicy::Refuse)
		return fail(
		        HResult::NotSupported,
		        fmt::format(
		                "'{}' is a subvolume below '{}', and a snapshot would not hold it",
		                **subvolume, share),
		        0, "move it, or set fss:nested = include or = ignore");
	return "";
}

Result<LocatedShare> locateShare(const std::string &path, const std::string &store)
{
	Fd share(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!share)
		return fail(HResult::NotSupported, fmt::format("open share path '{}'", path), errno,
		            "the share's path must be an existing directory");
	const auto fsid = fileSystemId(share.get());
	if (!fsid)
		return fail(HResult::NotSupported, fmt::format("'{}' is not on btrfs", path), 0,
		            "move the share to a btrfs subvolume");
	auto sharePath = pathOf(share.get());
	if (!sharePath)
		return tl::unexpected(sharePath.error());
	if (liesInStore(*sharePath))
		return fail(HResult::NotSupported,
		            fmt::format("'{}' is a shadow copy itself", path));
	auto root = openSubvolumeRoot(std::move(share), path);
	if (!root)
		return tl::unexpected(root.error());
	auto rootPath = pathOf(root->get());
	auto id = volumeIdOf(root->get());
	if (!rootPath || !id)
		return fail(HResult::NotSupported, fmt::format("find the volume of '{}'", path));

	LocatedShare located;
	auto &volume = located.location.volume;
	volume.id = *id;
	volume.root = *rootPath;
	volume.store = store.empty() ? (*rootPath == "/" ? "" : *rootPath) + "/" +
	                                       SnapshotStore::defaultName
	                             : store;
	located.location.relativePath = placeBelow(*sharePath, *rootPath);
	located.root = std::move(*root);
	located.path = *sharePath;
	return located;
}

} // namespace fss::btrfs
