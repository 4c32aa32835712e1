// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotStore.h"

#include "provider/btrfs/BtrfsFs.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs_tree.h>
#include <linux/openat2.h>
#include <regex>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <thread>
#include <unistd.h>

namespace fss {

namespace {

// No user reaches a snapshot by its path: exposed shares and earlier versions are
// entered by a descriptor that root opened (ExposedSnapshot, VersionSource).
constexpr mode_t directoryMode = 0700;

tl::unexpected<Error> unsound(const std::string &path, const std::string &why)
{
	return fail(HResult::NotSupported, fmt::format("snapshot store '{}' {}", path, why), 0,
	            "remove what is there, or name another directory with fss:store directory");
}

// A new subvolume takes its mode from the umask, which is the process's and
// may be 0. A thread of its own can have one of its own.
btrfs_util_error createClosedSubvolume(int parent, const char *name, int &errnum)
{
	btrfs_util_error error = BTRFS_UTIL_OK;
	std::thread([&] {
		if (unshare(CLONE_FS) == 0)
			umask(0077);
		error = btrfs_util_create_subvolume_fd(parent, name, 0, nullptr, nullptr);
		errnum = errno;
	}).join();
	return error;
}

// What a directory inherits from its parent's default ACL may let others in,
// and would be handed on to what is made in it.
void dropAcls(int fd)
{
	fremovexattr(fd, "system.posix_acl_default");
	fremovexattr(fd, "system.posix_acl_access");
}

// The administrator's path, or the volume's as the kernel knows it: neither
// needs a link, and one in it may be a user's.
Result<Fd> openWithoutLinks(const std::string &path)
{
	open_how how{};
	how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	how.resolve = RESOLVE_NO_SYMLINKS;
	Fd fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof(how))));
	if (!fd && errno == ELOOP)
		return unsound(path, "is reached through a link");
	if (!fd)
		return fail(HResult::NotSupported, fmt::format("open '{}'", path), errno,
		            "is the volume mounted?");
	return fd;
}

// Of the store and of what is directly in it.
Result<void> checkSound(int fd, const std::string &path, const std::string &fsid)
{
	struct stat info {};
	if (fstat(fd, &info) != 0)
		return fail(HResult::NotSupported, fmt::format("examine '{}'", path), errno);
	if (info.st_uid != 0)
		return unsound(path, fmt::format("belongs to uid {} and not to root", info.st_uid));
	// With an ACL the group's bits are its mask.
	if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return unsound(path, "can be written to by others than root");
	if (btrfs::fileSystemId(fd) != fsid)
		return unsound(path, "is not on the volume's file system");
	return {};
}

// Earlier versions let users pass through. On what is mounted read-only they cannot
// do any harm.
Result<void> closeToUsers(int fd, const std::string &path)
{
	struct stat info {};
	if (fstat(fd, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return {};
	if (fchmod(fd, directoryMode) != 0 && errno != EROFS)
		return fail(HResult::Fail, fmt::format("chmod 0700 '{}'", path), errno,
		            "take its attributes off with chattr -i");
	return {};
}

// What a snapshot of the volume has in the default store's place: an empty
// directory without an inode of its own, which nothing can be made in.
bool isStub(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && info.st_ino == BTRFS_EMPTY_SUBVOL_DIR_OBJECTID;
}

void removeStub(int parent, const std::string &name)
{
	const auto found = btrfs::openDirectory(parent, name);
	if (found && *found && isStub(found->get()))
		unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

bool isImmutable(int fd)
{
	struct statx info {};
	return statx(fd, "", AT_EMPTY_PATH, 0, &info) == 0 &&
	       (info.stx_attributes & STATX_ATTR_IMMUTABLE) != 0;
}

bool isReadOnly(int fd)
{
	struct statvfs info {};
	if (fstatvfs(fd, &info) == 0 && (info.f_flag & ST_RDONLY) != 0)
		return true;
	bool readOnly = false;
	return btrfs::isSubvolumeRoot(fd) &&
	       btrfs_util_get_subvolume_read_only_fd(fd, &readOnly) == BTRFS_UTIL_OK && readOnly;
}

} // namespace

std::optional<SnapperPlace> snapperPlaceOf(const std::string &path)
{
	static const std::regex form("(.*)/\\.snapshots/([1-9][0-9]{0,8})/snapshot(?:/(.*))?");
	std::smatch match;
	if (!std::regex_match(path, match, form))
		return std::nullopt;
	return SnapperPlace{match[1].length() == 0 ? "/" : match[1].str(),
	                    static_cast<uint32_t>(std::stoul(match[2].str())), match[3].str()};
}

std::optional<StorePlace> storePlaceOf(const std::string &path)
{
	const std::string end = std::string("/") + SnapshotStore::snapshotName;
	const std::string whole = path + "/";
	for (auto at = whole.find(end + "/"); at != whole.npos;
	     at = whole.find(end + "/", at + 1)) {
		const auto slash = at == 0 ? whole.npos : whole.rfind('/', at - 1);
		if (slash == whole.npos || slash == 0)
			continue;
		const auto id = CopyId::parse(whole.substr(slash + 1, at - slash - 1));
		if (!id)
			continue;
		const auto rest = std::min(at + end.size() + 1, path.size());
		return StorePlace{path.substr(0, slash), *id, path.substr(rest)};
	}
	return std::nullopt;
}

bool liesInStore(const std::string &path)
{
	return (path + "/").find(fmt::format("/{}/", SnapshotStore::defaultName)) !=
	               std::string::npos ||
	       snapperPlaceOf(path);
}

SnapshotStore::SnapshotStore(std::string path) : path_(std::move(path))
{
	while (path_.size() > 1 && path_.ends_with('/'))
		path_.pop_back();
	const auto slash = path_.rfind('/');
	parent_ = slash == 0 ? "/" : path_.substr(0, slash);
	name_ = path_.substr(slash + 1);
	isDefault_ = name_ == defaultName;
}

std::string SnapshotStore::snapshotPath(const CopyId &id) const
{
	return fmt::format("{}/{}/{}", path_, id.text(), snapshotName);
}

std::optional<CopyId> SnapshotStore::idAt(const std::string &path) const
{
	const auto prefix = path_ + "/";
	if (!path.starts_with(prefix))
		return std::nullopt;
	auto id = CopyId::parse(path.substr(prefix.size(), 36));
	if (!id || snapshotPath(*id) != path)
		return std::nullopt;
	return id;
}

Result<Fd> SnapshotStore::open(const std::string &fsid) const
{
	auto parent = openWithoutLinks(parent_);
	if (!parent)
		return parent;
	if (isDefault_ && btrfs::fileSystemId(parent->get()) != fsid)
		return fail(HResult::NotSupported, fmt::format("open '{}'", path_), ESTALE,
		            "another file system is mounted there; is the volume mounted?");
	Fd store(openat(parent->get(), name_.c_str(),
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!store) {
		if (errno == ENOENT && isDefault_)
			return Fd();
		if (errno == ENOENT)
			return fail(
			        HResult::NotSupported, fmt::format("open '{}'", path_), errno,
			        fmt::format("make it, as root: install -d -m 0700 '{}'", path_));
		if (errno == ELOOP || errno == ENOTDIR)
			return unsound(path_, "is a link or no directory");
		return fail(HResult::NotSupported, fmt::format("open '{}'", path_), errno);
	}
	if (isStub(store.get()) && isDefault_)
		return Fd();
	if (isStub(store.get()))
		return unsound(path_, "is what a snapshot has in place of a subvolume");
	// Another worker may be making it, see make().
	constexpr int attempts = 20;
	auto sound = checkSound(store.get(), path_, fsid);
	for (int attempt = 0; isDefault_ && !sound && attempt < attempts; attempt++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
		sound = checkSound(store.get(), path_, fsid);
	}
	// A configured store is the administrator's, and what lies in it is closed.
	if (sound && isDefault_)
		sound = closeToUsers(store.get(), path_);
	if (!sound)
		return tl::unexpected(sound.error());
	return store;
}

Result<void> SnapshotStore::checkParent() const
{
	auto parent = openWithoutLinks(parent_);
	if (!parent)
		return tl::unexpected(parent.error());
	if (isReadOnly(parent->get()))
		return failed(Operation::Create, fmt::format("make snapshot store '{}'", path_),
		              EROFS);
	if (isImmutable(parent->get()))
		return fail(HResult::NotSupported, fmt::format("make snapshot store '{}'", path_),
		            EPERM, fmt::format("chattr -i '{}'", parent_));
	return {};
}

Result<void> SnapshotStore::check(const std::string &fsid) const
{
	auto store = open(fsid);
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return checkParent();
	if (isReadOnly(store->get()))
		return failed(Operation::Create, fmt::format("write to '{}'", path_), EROFS);
	return {};
}

Result<void> SnapshotStore::make() const
{
	auto parent = openWithoutLinks(parent_);
	if (!parent)
		return tl::unexpected(parent.error());
	int errnum = 0;
	removeStub(parent->get(), name_);
	const auto error = createClosedSubvolume(parent->get(), name_.c_str(), errnum);
	if (error != BTRFS_UTIL_OK && errnum != EEXIST)
		return failed(Operation::Create, fmt::format("make snapshot store '{}'", path_),
		              errnum);
	if (error != BTRFS_UTIL_OK)
		return {};
	// A default ACL of the volume's root takes the umask's place.
	const Fd store(openat(parent->get(), name_.c_str(),
	                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (store) {
		dropAcls(store.get());
		fchmod(store.get(), S_IRWXU);
	}
	return {};
}

Result<Fd> SnapshotStore::makeCopyDirectory(const CopyId &id, const std::string &fsid) const
{
	// Other workers may take the empty default store away at any moment. Where
	// many make and delete at once, every second attempt meets that.
	constexpr int attempts = 200;
	const auto name = id.text();
	for (int attempt = 0; attempt < attempts; attempt++) {
		auto store = open(fsid);
		if (!store)
			return store;
		if (!*store) {
			auto made = checkParent().and_then([this] { return make(); });
			if (!made)
				return tl::unexpected(made.error());
			continue;
		}
		if (mkdirat(store->get(), name.c_str(), directoryMode) != 0 && errno != EEXIST) {
			if (errno == ENOENT)
				continue;
			return failed(Operation::Create, fmt::format("make '{}/{}'", path_, name),
			              errno);
		}
		auto directory = btrfs::openDirectory(store->get(), name);
		if (!directory || !*directory)
			continue;
		dropAcls(directory->get());
		if (fchmod(directory->get(), directoryMode) != 0)
			return failed(Operation::Destroy, fmt::format("chmod '{}/{}'", path_, name),
			              errno);
		if (auto sound = checkSound(directory->get(), path_ + "/" + name, fsid); !sound)
			return tl::unexpected(sound.error());
		return directory;
	}
	return fail(HResult::Fail, fmt::format("make '{}/{}'", path_, name), EAGAIN);
}

Result<Fd> SnapshotStore::openCopyDirectory(const CopyId &id, const std::string &fsid) const
{
	auto store = open(fsid);
	if (!store || !*store)
		return store;
	auto directory = btrfs::openDirectory(store->get(), id.text());
	if (!directory || !*directory)
		return directory;
	const auto place = path_ + "/" + id.text();
	auto sound = checkSound(directory->get(), place, fsid).and_then([&] {
		return closeToUsers(directory->get(), place);
	});
	if (!sound)
		return tl::unexpected(sound.error());
	return directory;
}

Result<void> SnapshotStore::removeCopyDirectory(const CopyId &id, const std::string &fsid) const
{
	auto store = open(fsid);
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return {};
	const auto name = id.text();
	if (unlinkat(store->get(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
		return failed(Operation::Destroy, fmt::format("remove '{}/{}'", path_, name),
		              errno);
	// Not empty is the usual answer, and nothing is lost where it fails.
	auto parent = isDefault_ ? openWithoutLinks(parent_) : Fd();
	if (parent && *parent)
		unlinkat(parent->get(), name_.c_str(), AT_REMOVEDIR);
	return {};
}

} // namespace fss
