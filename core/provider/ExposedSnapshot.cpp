// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/ExposedSnapshot.h"

#include "protocol/Names.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/SnapshotStore.h"
#include "snapper_backend/SnapperStore.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fss {

namespace {

tl::unexpected<Error> gone(const std::string &path, int errnum, const char *how)
{
	return fail(HResult::Fail, fmt::format("open the shadow copy at '{}'", path), errnum,
	            fmt::format("its snapshot was {}; the agent removes the share", how));
}

/// A snapshot's root, and the directory that holds it.
struct Opened {
	Fd holder;
	Fd root;
};

Result<Opened> openOfSnapper(const SnapperPlace &place, const CopyId &id, const std::string &path)
{
	const auto lost = [&](int errnum) { return gone(path, errnum, "deleted with snapper"); };
	const Fd volume(::open(place.volume.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!volume)
		return lost(errno);
	auto store = snapper::SnapperStore::open(volume.get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return lost(ENOENT);
	auto entry = (*store)->entry(place.number);
	if (!entry)
		return tl::unexpected(entry.error());
	if (!entry->snapshot)
		return lost(ENOENT);
	// Snapper gives a number anew.
	if (!snapper::isMarked(entry->snapshot.get(), id))
		return lost(ESTALE);
	return Opened{std::move(entry->directory), std::move(entry->snapshot)};
}

bool isRootsOwn(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && info.st_uid == 0 &&
	       (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<Opened> openOfStore(const StorePlace &place)
{
	open_how how{};
	how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	how.resolve = RESOLVE_NO_SYMLINKS;
	const auto directory = place.store + "/" + place.id.text();
	Opened opened;
	opened.holder = Fd(static_cast<int>(
	        syscall(SYS_openat2, AT_FDCWD, directory.c_str(), &how, sizeof(how))));
	if (!opened.holder)
		return gone(directory, errno, "moved or deleted");
	if (!isRootsOwn(opened.holder.get()))
		return gone(directory, ESTALE, "replaced by somebody's own");
	auto root = btrfs::openDirectory(opened.holder.get(), SnapshotStore::snapshotName);
	if (!root)
		return tl::unexpected(root.error());
	if (!*root || !btrfs::isSubvolumeRoot(root->get()))
		return gone(directory, ENOENT, "moved or deleted");
	opened.root = std::move(*root);
	return opened;
}

/// Where the snapshot's root is, of a path that leads to it or below it.
std::string rootOf(std::string path, const std::string &below)
{
	if (!below.empty())
		path.resize(path.size() - below.size() - 1);
	while (path.ends_with('/'))
		path.pop_back();
	return path;
}

std::string parentOf(const std::string &path)
{
	return path.substr(0, std::max<size_t>(path.rfind('/'), 1));
}

} // namespace

Result<std::optional<ExposedSnapshot>> ExposedSnapshot::open(const ExposedPlace &given)
{
	if (given.uuid == madeByModule)
		return std::nullopt;
	const auto name = ExposedName::parse(given.service);
	const auto ofSnapper = snapperPlaceOf(given.path);
	const auto ofStore = storePlaceOf(given.path);
	if (!name || (!ofSnapper && !ofStore))
		return std::nullopt;
	auto opened = ofSnapper ? openOfSnapper(*ofSnapper, name->copy, given.path)
	                        : openOfStore(*ofStore);
	if (!opened)
		return tl::unexpected(opened.error());
	auto root = rootOf(given.path, ofSnapper ? ofSnapper->below : ofStore->below);
	auto known =
	        btrfs::checkSnapshot(opened->holder.get(), opened->root.get(), given.uuid, root);
	if (!known)
		return tl::unexpected(known.error());
	auto volume = !given.volume.empty() ? given.volume
	              : ofSnapper           ? ofSnapper->volume
	                                    : parentOf(ofStore->store);
	return ExposedSnapshot(std::move(opened->root), std::move(root), std::move(volume));
}

bool ExposedSnapshot::holds(std::string_view path) const
{
	return path.starts_with(path_) &&
	       (path.size() == path_.size() || path[path_.size()] == '/');
}

bool ExposedSnapshot::liesBelow(std::string_view path) const
{
	while (path.ends_with('/'))
		path.remove_suffix(1);
	return path_.size() > path.size() && path_.starts_with(path) && path_[path.size()] == '/';
}

std::string_view ExposedSnapshot::inside(std::string_view path) const
{
	auto below = path.substr(path_.size());
	below.remove_prefix(std::min(below.find_first_not_of('/'), below.size()));
	return below.empty() ? "." : below;
}

int ExposedSnapshot::mayEnter() const
{
	return faccessat(AT_FDCWD, volume_.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

Fd ExposedSnapshot::openInside(std::string_view path, uint64_t flags) const
{
	if (const int errnum = mayEnter(); errnum != 0) {
		errno = errnum;
		return Fd();
	}
	open_how how{};
	how.flags = flags | O_PATH | O_CLOEXEC;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	const std::string name(inside(path));
	return Fd(static_cast<int>(
	        syscall(SYS_openat2, root_.get(), name.c_str(), &how, sizeof(how))));
}

int ExposedSnapshot::changeTo(std::string_view path) const
{
	const auto directory = openInside(path, O_DIRECTORY);
	return directory && fchdir(directory.get()) == 0 ? 0 : errno;
}

Fd ExposedSnapshot::resolve(const std::string &path) const
{
	if (!path.starts_with('/'))
		return Fd(openat(AT_FDCWD, path.c_str(), O_PATH | O_CLOEXEC));
	if (holds(path))
		return openInside(path, 0);
	errno = EXDEV;
	return Fd();
}

} // namespace fss
