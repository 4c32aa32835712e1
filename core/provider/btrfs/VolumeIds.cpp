// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/VolumeIds.h"

#include "provider/btrfs/BtrfsFs.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace fss::btrfs {

Result<VolumeId> volumeIdOf(int fd)
{
	uint64_t id = 0;
	const auto fsid = fileSystemId(fd);
	if (!fsid || !isSubvolumeRoot(fd) || btrfs_util_subvolume_id_fd(fd, &id) != BTRFS_UTIL_OK)
		return fail(HResult::NotSupported, "identify the subvolume", errno);
	return volumeIdText(*fsid, id);
}

VolumeId volumeIdText(const std::string &fsid, uint64_t subvolume)
{
	return fmt::format("btrfs:{}:{}", fsid, subvolume);
}

Result<std::vector<VolumeId>> volumesAround(int fd, const std::string &fsid)
{
	std::vector<VolumeId> volumes;
	struct btrfs_util_subvolume_info info {};
	uint64_t id = 0;
	auto error = btrfs_util_subvolume_id_fd(fd, &id);
	for (;; id = info.parent_id) {
		if (error == BTRFS_UTIL_OK)
			error = btrfs_util_subvolume_info_fd(fd, id, &info);
		if (error != BTRFS_UTIL_OK)
			return failure(Operation::Examine, "find the volumes around a volume",
			               error);
		volumes.push_back(volumeIdText(fsid, info.id));
		if (info.parent_id == 0)
			return volumes;
	}
}

std::string fsidOf(const VolumeId &id)
{
	const auto first = id.find(':');
	const auto last = id.rfind(':');
	return first == last ? "" : id.substr(first + 1, last - first - 1);
}

Result<Fd> openVolume(const Volume &volume)
{
	Fd fd(open(volume.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return fail(HResult::Fail, fmt::format("open volume '{}'", volume.root), errno,
		            "is it mounted?");
	const auto id = volumeIdOf(fd.get());
	if (!id || *id != volume.id)
		return fail(HResult::Fail, fmt::format("open volume '{}'", volume.root), ESTALE,
		            "another file system or subvolume is mounted there now");
	return fd;
}

} // namespace fss::btrfs
