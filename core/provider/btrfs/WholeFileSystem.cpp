// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/WholeFileSystem.h"

#include "base/Mounts.h"
#include "provider/btrfs/BtrfsFs.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace fss::btrfs {

namespace {

Fd openIfOn(const std::string &path, const std::string &fsid)
{
	Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return fd && fileSystemId(fd.get()) == fsid ? std::move(fd) : Fd();
}

// One of the file system's devices; the kernel knows the others.
Result<std::string> deviceOf(int fileSystem)
{
	btrfs_ioctl_fs_info_args info{};
	if (ioctl(fileSystem, BTRFS_IOC_FS_INFO, &info) != 0)
		return failed(Operation::Examine, "examine the file system", errno);
	for (uint64_t id = 1; id <= info.max_id; id++) {
		btrfs_ioctl_dev_info_args device{};
		device.devid = id;
		if (ioctl(fileSystem, BTRFS_IOC_DEV_INFO, &device) == 0 && device.path[0] != '\0')
			return std::string(reinterpret_cast<const char *>(device.path));
	}
	return fail(HResult::Fail, "find a device of the file system", ENODEV);
}

bool parse(const std::string &text, uint8_t uuid[16])
{
	std::string digits;
	for (const char c : text)
		if (c != '-')
			digits += c;
	if (digits.size() != 32 || digits.find_first_not_of("0123456789abcdef") != digits.npos)
		return false;
	for (size_t i = 0; i < 16; i++)
		uuid[i] = static_cast<uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
	return true;
}

// The key of a uuid in the tree of uuids: its two halves, little-endian.
struct UuidKey {
	uint64_t object = 0;
	uint64_t offset = 0;

	explicit UuidKey(const uint8_t uuid[16])
	{
		memcpy(&object, uuid, sizeof(object));
		memcpy(&offset, uuid + sizeof(object), sizeof(offset));
		object = le64toh(object);
		offset = le64toh(offset);
	}
};

bool isSubvolume(int fileSystem, uint64_t id, const std::string &uuid)
{
	struct btrfs_util_subvolume_info info {};
	return btrfs_util_subvolume_info_fd(fileSystem, id, &info) == BTRFS_UTIL_OK &&
	       uuidText(info.uuid) == uuid;
}

} // namespace

Result<Fd> openFileSystem(const std::string &fsid, const std::string &hint)
{
	if (auto fd = openIfOn(hint, fsid))
		return fd;
	const auto all = mounts();
	if (!all)
		return tl::unexpected(all.error());
	for (const auto &mount : *all)
		if (mount.type == "btrfs")
			if (auto fd = openIfOn(mount.target, fsid))
				return fd;
	return fail(HResult::Fail, fmt::format("find the file system of '{}'", hint), ENODEV,
	            "is it mounted?");
}

Result<std::string> mountOf(const std::string &fsid, const std::string &path)
{
	const auto all = mounts();
	if (!all)
		return tl::unexpected(all.error());
	const auto wanted = "/" + path;
	for (const auto &mount : *all)
		if (mount.type == "btrfs" &&
		    (mount.root == wanted || mount.root.starts_with(wanted + "/")) &&
		    openIfOn(mount.target, fsid))
			return mount.target;
	return "";
}

Result<std::optional<uint64_t>> subvolumeWith(int fileSystem, const std::string &uuid)
{
	uint8_t bytes[16];
	if (!parse(uuid, bytes))
		return std::nullopt;
	const UuidKey wanted(bytes);
	btrfs_ioctl_search_args args{};
	auto &key = args.key;
	key.tree_id = BTRFS_UUID_TREE_OBJECTID;
	key.min_objectid = key.max_objectid = wanted.object;
	key.min_type = key.max_type = BTRFS_UUID_KEY_SUBVOL;
	key.min_offset = key.max_offset = wanted.offset;
	key.max_transid = UINT64_MAX;
	key.nr_items = 1;
	if (ioctl(fileSystem, BTRFS_IOC_TREE_SEARCH, &args) != 0)
		return fail(HResult::Fail, fmt::format("find the subvolume of uuid {}", uuid),
		            errno, "the agent needs CAP_SYS_ADMIN");
	if (key.nr_items == 0)
		return std::nullopt;
	btrfs_ioctl_search_header header{};
	memcpy(&header, args.buf, sizeof(header));
	// Several ids are for damaged file systems.
	for (size_t at = 0; at + sizeof(uint64_t) <= header.len; at += sizeof(uint64_t)) {
		uint64_t id = 0;
		memcpy(&id, args.buf + sizeof(header) + at, sizeof(id));
		id = le64toh(id);
		if (isSubvolume(fileSystem, id, uuid))
			return id;
	}
	return std::nullopt;
}

Result<Fd> openTopLevel(int fileSystem)
{
	// Another mount, asked for to be written to, would have the kernel make the whole
	// file system writable again.
	struct statvfs info {};
	if (fstatvfs(fileSystem, &info) != 0 || (info.f_flag & ST_RDONLY) != 0)
		return fail(HResult::Fail, "reach all of the file system", EROFS,
		            "it is mounted read-only");
	const auto device = deviceOf(fileSystem);
	if (!device)
		return tl::unexpected(device.error());
	const Fd context(fsopen("btrfs", FSOPEN_CLOEXEC));
	const auto set = [&](const char *name, const std::string &value) {
		return fsconfig(context.get(), FSCONFIG_SET_STRING, name, value.c_str(), 0) == 0;
	};
	const bool ready = context && set("source", *device) &&
	                   set("subvolid", std::to_string(BTRFS_FS_TREE_OBJECTID)) &&
	                   fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
	const unsigned int attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME;
	const Fd mounted(ready ? fsmount(context.get(), FSMOUNT_CLOEXEC, attributes) : -1);
	Fd root(mounted ? openat(mounted.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
	if (!root)
		return failed(Operation::Examine,
		              fmt::format("reach all of the file system on {}", *device), errno);
	return root;
}

Result<std::string> pathFromTop(int fileSystem, uint64_t id)
{
	char *path = nullptr;
	if (auto error = btrfs_util_subvolume_path_fd(fileSystem, id, &path);
	    error != BTRFS_UTIL_OK)
		return failure(Operation::Examine, fmt::format("find subvolume {}", id), error);
	std::string text(path);
	free(path);
	return text;
}

} // namespace fss::btrfs
