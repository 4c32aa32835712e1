// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookSnapshot.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace fss::hooks {

namespace {

bool hasDots(const std::string &path)
{
	for (const auto &part : std::filesystem::path(path))
		if (part == "." || part == "..")
			return true;
	return false;
}

} // namespace

Result<Volume> volumeAt(const std::string &root, const std::string &share)
{
	const Fd fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return fail(HResult::NotSupported, fmt::format("open volume '{}'", root), errno);
	return identityOf(fd.get()).map([&](const std::string &identity) {
		return Volume{fmt::format("vfs:{}:{}", identity, root), root, "", share};
	});
}

Result<Fd> openVolume(const Volume &volume)
{
	Fd fd(open(volume.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return fail(HResult::Fail, fmt::format("open volume '{}'", volume.root), errno,
		            "is it mounted?");
	auto found = volumeAt(volume.root, volume.share);
	if (!found || found->id != volume.id)
		return fail(HResult::Fail, fmt::format("open volume '{}'", volume.root), ESTALE,
		            "another file system or directory is there now");
	return fd;
}

Result<void> checkPlace(const std::string &snapshot, const std::string &volume)
{
	const auto refuse = [&](const char *why) {
		return fail(
		        HResult::Fail,
		        fmt::format("the VFS module's snapshot of '{}' is '{}'", volume, snapshot),
		        EINVAL, why);
	};
	if (hasDots(snapshot))
		return refuse("its path must not have . or .. in it");
	std::error_code error;
	const auto own = std::filesystem::weakly_canonical(snapshot, error).string();
	const auto base = std::filesystem::weakly_canonical(volume, error).string();
	if (own == base || own == "/" || !btrfs::placeBelow(base, own).empty())
		return refuse("that is the volume itself");
	return {};
}

Result<Fd> openSnapshot(const std::string &path)
{
	Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!fd && errno != ENOENT)
		return failed(Operation::Examine, fmt::format("open snapshot '{}'", path), errno);
	return fd;
}

Result<std::string> identityOf(int snapshot)
{
	if (btrfs::fileSystemId(snapshot) && btrfs::isSubvolumeRoot(snapshot)) {
		struct btrfs_util_subvolume_info info {};
		if (auto error = btrfs_util_subvolume_info_fd(snapshot, 0, &info);
		    error != BTRFS_UTIL_OK)
			return btrfs::failure(Operation::Examine, "read the snapshot's identity",
			                      error);
		return btrfs::uuidText(info.uuid);
	}
	struct statx info {};
	if (statx(snapshot, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info) != 0)
		return failed(Operation::Examine, "read the snapshot's identity", errno);
	const bool hasBirth = (info.stx_mask & STATX_BTIME) != 0;
	return fmt::format("{}-{}.{:09}", info.stx_ino, hasBirth ? info.stx_btime.tv_sec : 0,
	                   hasBirth ? info.stx_btime.tv_nsec : 0);
}

Result<Fd> findSnapshot(const std::string &path, const std::string &identity)
{
	auto fd = openSnapshot(path);
	if (!fd || !*fd || identity.empty())
		return fd;
	auto found = identityOf(fd->get());
	if (!found)
		return tl::unexpected(found.error());
	if (*found != identity)
		return fail(HResult::Fail, fmt::format("'{}'", path), ESTALE,
		            "another directory stands in the snapshot's place; is the snapshot "
		            "mounted? if it is gone, move the other one away");
	return fd;
}

Result<void> setWritable(int snapshot, const std::string &path, bool writable)
{
	if (btrfs::fileSystemId(snapshot) && btrfs::isSubvolumeRoot(snapshot)) {
		if (auto error = btrfs_util_set_subvolume_read_only_fd(snapshot, !writable);
		    error != BTRFS_UTIL_OK)
			return btrfs::failure(Operation::Change, fmt::format("'{}'", path), error);
		return {};
	}
	struct statvfs info {};
	if (writable && fstatvfs(snapshot, &info) == 0 && (info.f_flag & ST_RDONLY) != 0)
		return fail(HResult::NotSupported,
		            fmt::format("have a writable snapshot of '{}'", path), EROFS,
		            "the share's VFS module makes read-only ones, and the client asks for "
		            "ATTR_AUTO_RECOVERY");
	return {};
}

Result<Instant> instantOf(int snapshot)
{
	if (const auto fsid = btrfs::fileSystemId(snapshot);
	    fsid && btrfs::isSubvolumeRoot(snapshot)) {
		struct btrfs_util_subvolume_info info {};
		if (auto error = btrfs_util_subvolume_info_fd(snapshot, 0, &info);
		    error != BTRFS_UTIL_OK)
			return btrfs::failure(Operation::Examine, "read the snapshot's transaction",
			                      error);
		return Instant{*fsid, info.otransid};
	}
	static std::atomic<uint64_t> next = 0;
	struct stat info {};
	if (fstat(snapshot, &info) != 0)
		return failed(Operation::Examine, "examine the snapshot", errno);
	return Instant{fmt::format("device {}", info.st_dev), ++next};
}

} // namespace fss::hooks
