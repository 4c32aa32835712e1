// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotStore.h"

#include "provider/btrfs/BtrfsFs.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>

namespace fss {

namespace {

// Users reach an exposed snapshot below it, but cannot list it.
constexpr mode_t directoryMode = 0711;

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

bool liesInStore(const std::string &path)
{
	return (path + "/").find(fmt::format("/{}/", SnapshotStore::defaultName)) !=
	       std::string::npos;
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
	Fd parent(::open(parent_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!parent)
		return fail(HResult::NotSupported, fmt::format("open '{}'", parent_), errno,
		            "is the volume mounted?");
	if (isDefault_ && btrfs::fileSystemId(parent.get()) != fsid)
		return fail(HResult::NotSupported, fmt::format("open '{}'", path_), ESTALE,
		            "another file system is mounted there; is the volume mounted?");
	Fd store(openat(parent.get(), name_.c_str(),
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!store) {
		if (errno == ENOENT && isDefault_)
			return Fd();
		if (errno == ENOENT)
			return fail(
			        HResult::NotSupported, fmt::format("open '{}'", path_), errno,
			        fmt::format("make it, as root: install -d -m 0711 '{}'", path_));
		if (errno == ELOOP || errno == ENOTDIR)
			return unsound(path_, "is a link or no directory");
		return fail(HResult::NotSupported, fmt::format("open '{}'", path_), errno);
	}
	struct stat info {};
	if (fstat(store.get(), &info) != 0)
		return fail(HResult::NotSupported, fmt::format("examine '{}'", path_), errno);
	if (info.st_uid != 0)
		return unsound(path_,
		               fmt::format("belongs to uid {} and not to root", info.st_uid));
	if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return unsound(path_, "can be written to by others than root");
	if (btrfs::fileSystemId(store.get()) != fsid)
		return unsound(path_, "is not on the volume's file system");
	return store;
}

Result<void> SnapshotStore::checkParent() const
{
	Fd parent(::open(parent_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!parent)
		return fail(HResult::NotSupported, fmt::format("open '{}'", parent_), errno,
		            "is the volume mounted?");
	if (isReadOnly(parent.get()))
		return fail(HResult::NotSupported, fmt::format("make snapshot store '{}'", path_),
		            EROFS, "make the volume writable");
	if (isImmutable(parent.get()))
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
		return fail(HResult::NotSupported, fmt::format("write to '{}'", path_), EROFS,
		            "make the volume writable");
	return {};
}

Result<void> SnapshotStore::make() const
{
	Fd parent(::open(parent_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!parent)
		return fail(HResult::NotSupported, fmt::format("open '{}'", parent_), errno);
	int errnum = 0;
	const auto error = createClosedSubvolume(parent.get(), name_.c_str(), errnum);
	if (error != BTRFS_UTIL_OK && errnum != EEXIST)
		return fail(HResult::Fail, fmt::format("make snapshot store '{}'", path_), errnum);
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
			return fail(HResult::Fail, fmt::format("make '{}/{}'", path_, name), errno);
		}
		// It stays from now on; make() leaves it closed to everybody.
		if (isDefault_ && fchmod(store->get(), directoryMode) != 0)
			return fail(HResult::Fail, fmt::format("chmod '{}'", path_), errno);
		auto directory = btrfs::openDirectory(store->get(), name);
		if (!directory || !*directory)
			continue;
		if (fchmod(directory->get(), directoryMode) != 0)
			return fail(HResult::Fail, fmt::format("chmod '{}/{}'", path_, name),
			            errno);
		return directory;
	}
	return fail(HResult::Fail, fmt::format("make '{}/{}'", path_, name), EAGAIN);
}

Result<Fd> SnapshotStore::openCopyDirectory(const CopyId &id, const std::string &fsid) const
{
	auto store = open(fsid);
	if (!store || !*store)
		return store;
	return btrfs::openDirectory(store->get(), id.text());
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
		return fail(HResult::Fail, fmt::format("remove '{}/{}'", path_, name), errno);
	// Not empty is the usual answer, and nothing is lost where it fails.
	if (isDefault_)
		rmdir(path_.c_str());
	return {};
}

} // namespace fss
