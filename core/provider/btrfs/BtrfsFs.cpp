// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsFs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

namespace fss::btrfs {

tl::unexpected<Error> failure(Operation operation, const std::string &object,
                              btrfs_util_error error)
{
	const int errnum = errno;
	return failed(operation, fmt::format("{}: {}", object, btrfs_util_strerror(error)), errnum);
}

std::optional<std::string> fileSystemId(int fd)
{
	struct statfs info {};
	if (fstatfs(fd, &info) != 0 || info.f_type != BTRFS_SUPER_MAGIC)
		return std::nullopt;
	btrfs_ioctl_fs_info_args args{};
	if (ioctl(fd, BTRFS_IOC_FS_INFO, &args) != 0)
		return std::nullopt;
	return uuidText(args.fsid);
}

bool isSubvolumeRoot(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode) &&
	       info.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}

std::string uuidText(const uint8_t uuid[16])
{
	std::string text;
	bool any = false;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text += '-';
		text += fmt::format("{:02x}", uuid[i]);
		any = any || uuid[i] != 0;
	}
	return any ? text : "";
}

Result<Room> roomOn(int fd)
{
	struct statvfs vfs {};
	if (fstatvfs(fd, &vfs) != 0)
		return failed(Operation::Examine, "examine the file system's room", errno);
	Room room;
	room.size = vfs.f_blocks * vfs.f_frsize;
	room.data = vfs.f_bavail * vfs.f_frsize;

	btrfs_ioctl_space_args count{};
	if (ioctl(fd, BTRFS_IOC_SPACE_INFO, &count) != 0)
		return failed(Operation::Examine, "examine the file system's room", errno);
	// Groups can appear between the two calls.
	const auto slots = count.total_spaces + 8;
	std::vector<uint64_t> buffer(
	        (sizeof(count) + slots * sizeof(btrfs_ioctl_space_info)) / sizeof(uint64_t) + 1);
	auto *args = reinterpret_cast<btrfs_ioctl_space_args *>(buffer.data());
	args->space_slots = slots;
	if (ioctl(fd, BTRFS_IOC_SPACE_INFO, args) != 0)
		return failed(Operation::Examine, "examine the file system's room", errno);
	uint64_t allocated = 0;
	unsigned copies = 1;
	for (size_t i = 0; i < args->total_spaces && i < slots; i++) {
		const auto &space = args->spaces[i];
		if ((space.flags & BTRFS_SPACE_INFO_GLOBAL_RSV) != 0)
			continue;
		const bool twice = (space.flags & (BTRFS_BLOCK_GROUP_DUP | BTRFS_BLOCK_GROUP_RAID1 |
		                                   BTRFS_BLOCK_GROUP_RAID10)) != 0;
		allocated += space.total_bytes * (twice ? 2 : 1);
		if ((space.flags & BTRFS_BLOCK_GROUP_METADATA) == 0)
			continue;
		copies = twice ? 2 : 1;
		room.metadata += space.total_bytes - std::min(space.used_bytes, space.total_bytes);
	}
	room.metadata += (room.size - std::min(allocated, room.size)) / copies;
	return room;
}

bool isClearing(int fd)
{
	uint64_t *ids = nullptr;
	size_t count = 0;
	if (btrfs_util_deleted_subvolumes_fd(fd, &ids, &count) != BTRFS_UTIL_OK)
		return false;
	free(ids);
	return count != 0;
}

Result<void> writeOut(int fd)
{
	if (auto error = btrfs_util_sync_fd(fd); error != BTRFS_UTIL_OK)
		return failed(Operation::Examine, "wait for the file system", errno);
	return {};
}

Result<Fd> openDirectory(int parent, const std::string &path)
{
	Fd fd(openat(parent, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!fd && errno != ENOENT)
		return failed(Operation::Examine, fmt::format("open directory '{}'", path), errno);
	return fd;
}

Result<std::vector<std::string>> namesIn(int directory)
{
	const std::unique_ptr<DIR, int (*)(DIR *)> list(
	        fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), closedir);
	if (!list)
		return failed(Operation::Examine, "list a directory", errno);
	std::vector<std::string> names;
	while (const dirent *entry = readdir(list.get())) {
		const std::string name = entry->d_name;
		if (name != "." && name != "..")
			names.push_back(name);
	}
	return names;
}

Result<std::string> pathOf(int fd)
{
	std::array<char, PATH_MAX> target{};
	const auto length =
	        readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), target.data(), target.size());
	if (length < 0 || static_cast<size_t>(length) == target.size())
		return failed(Operation::Examine, "find the path of an open directory", errno);
	return std::string(target.data(), static_cast<size_t>(length));
}

Result<std::vector<Child>> children(int fd)
{
	std::vector<Child> out;
	auto refs = std::make_unique<btrfs_ioctl_get_subvol_rootref_args>();
	for (bool more = true; more;) {
		more = false;
		if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, refs.get()) != 0) {
			if (errno != EOVERFLOW) // more than fit into one call
				return failed(Operation::Examine, "list nested subvolumes", errno);
			more = true;
		}
		for (size_t i = 0; i < refs->num_items; i++) {
			const auto &ref = refs->rootref[i];
			char *path = nullptr;
			// By id and not through the directory, whose name may change.
			const auto error = btrfs_util_subvolume_path_fd(fd, ref.treeid, &path);
			if (error != BTRFS_UTIL_OK && errno == ENOENT)
				continue; // it, or what it lies in, was deleted since
			if (error != BTRFS_UTIL_OK)
				return failure(Operation::Examine, "find a nested subvolume",
				               error);
			out.push_back({ref.treeid, path});
			free(path);
		}
	}
	return out;
}

} // namespace fss::btrfs
