// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/VolumeOfPath.h"

#include "base/Fd.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace fss {

Result<VolumeId> volumeOfPath(const std::string &path)
{
	const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct stat info {};
	if (!fd || fstat(fd.get(), &info) != 0)
		return fail(HResult::NotSupported, fmt::format("open '{}'", path), errno);
	if (liesInStore(path))
		return VolumeId();
	const auto fsid = btrfs::fileSystemId(fd.get());
	if (!fsid)
		return fmt::format("fs:{}:{}", major(info.st_dev), minor(info.st_dev));
	uint64_t subvolume = 0;
	if (auto error = btrfs_util_subvolume_id_fd(fd.get(), &subvolume); error != BTRFS_UTIL_OK)
		return btrfs::failure(Operation::Examine, fmt::format("'{}'", path), error);
	return btrfs::volumeIdText(*fsid, subvolume);
}

Result<std::vector<VolumeId>> volumesWritingTo(const std::string &path)
{
	const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return fail(HResult::Fail, fmt::format("open '{}'", path), errno);
	if (const auto fsid = btrfs::fileSystemId(fd.get()))
		return btrfs::volumesAround(fd.get(), *fsid);
	return volumeOfPath(path).map([](auto &&volume) { return std::vector{volume}; });
}

} // namespace fss
