// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Nested.h"

#include "base/Mounts.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Refusal.h"
#include "provider/btrfs/SnapshotPlace.h"
#include "provider/btrfs/SnapshotStore.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <map>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace fss::btrfs {

namespace {

bool isBelow(const std::string &path, const std::string &directory)
{
	const auto prefix = directory.ends_with('/') ? directory : directory + "/";
	return !directory.empty() && path.size() > prefix.size() && path.starts_with(prefix);
}

std::string join(const std::string &directory, const std::string &name)
{
	if (directory.empty())
		return name;
	return name.empty() ? directory : directory + "/" + name;
}

// A user's subvolume may have the name, too.
bool isSnapperStore(int volume, const Child &child)
{
	struct stat info {};
	return child.path == snapperStoreName &&
	       fstatat(volume, snapperStoreName, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(info.st_mode) && info.st_uid == 0 && (info.st_mode & S_IWOTH) == 0;
}

// Children of a subvolume, with their paths below it, stores left out.
// store: path of one below the subvolume, or "".
Result<std::vector<Child>> childrenBelow(int volume, const std::string &store = {})
{
	char *own = nullptr;
	if (auto error = btrfs_util_subvolume_path_fd(volume, 0, &own); error != BTRFS_UTIL_OK)
		return failure(Operation::Examine, "find the volume", error);
	const std::string prefix = *own == '\0' ? "" : std::string(own) + "/";
	free(own);
	auto all = children(volume);
	if (!all)
		return all;
	std::vector<Child> below;
	for (auto &child : *all) {
		if (!child.path.starts_with(prefix))
			continue;
		child.path.erase(0, prefix.size());
		if (child.path != SnapshotStore::defaultName && child.path != store &&
		    !isBelow(child.path, store) && !isSnapperStore(volume, child))
			below.push_back(child);
	}
	return below;
}

// A snapshot of the volume that vfs_btrfs made in its root is an older version
// of what is shared, and no part of it.
bool isVfsBtrfsSnapshot(int volume, const Child &child)
{
	struct btrfs_util_subvolume_info own {};
	struct btrfs_util_subvolume_info info {};
	return isVfsBtrfsPlace(child.path) &&
	       btrfs_util_subvolume_info_fd(volume, 0, &own) == BTRFS_UTIL_OK &&
	       btrfs_util_subvolume_info_fd(volume, child.id, &info) == BTRFS_UTIL_OK &&
	       uuidText(info.parent_uuid) == uuidText(own.uuid);
}

// Whether an errno says that in the snapshot something else is where a nested
// subvolume was found.
bool isOtherPlace(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ENOTEMPTY || errnum == ELOOP;
}

// Of a nested subvolume, which may go at any moment.
Result<std::vector<Child>> childrenOf(const std::string &place, int volume,
                                      const std::string &store)
{
	auto found = childrenBelow(volume, store);
	if (!found && !place.empty() && found.error().errnum == ENOENT)
		return nestedChanged(place);
	return found;
}

Result<void> collect(int volume, const std::string &place, const std::string &store,
                     std::vector<NestedSubvolume> &out)
{
	auto found = childrenOf(place, volume, store);
	if (!found)
		return tl::unexpected(found.error());
	for (const auto &child : *found) {
		const auto relative = join(place, child.path);
		auto fd = openBeneath(volume, child.path);
		if (!fd && fd.error().errnum == ENOENT)
			return nestedChanged(relative);
		if (!fd)
			return failed(Operation::Examine, fd.error().step, fd.error().errnum);
		uint64_t id = 0;
		if (btrfs_util_subvolume_id_fd(fd->get(), &id) != BTRFS_UTIL_OK || id != child.id)
			return nestedChanged(relative);
		const int descriptor = fd->get();
		out.push_back({child.id, relative, std::move(*fd)});
		if (auto deeper = collect(descriptor, relative, placeBelow(store, child.path), out);
		    !deeper)
			return deeper;
	}
	return {};
}

} // namespace

tl::unexpected<Error> nestedChanged(const std::string &relativePath)
{
	return fail(HResult::Fail,
	            fmt::format("include nested subvolume '{}', which was made, moved or deleted "
	                        "meanwhile",
	                        relativePath),
	            EAGAIN, "try again when nobody makes, moves or deletes subvolumes there");
}

std::string placeBelow(const std::string &path, const std::string &directory)
{
	if (!isBelow(path, directory))
		return "";
	return path.substr(directory.ends_with('/') ? directory.size() : directory.size() + 1);
}

Result<Fd> openBeneath(int directory, const std::string &relativePath)
{
	open_how how{};
	how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	const auto path = relativePath.empty() ? std::string(".") : relativePath;
	Fd fd(static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how))));
	if (!fd)
		return failed(Operation::Examine, fmt::format("open directory '{}'", relativePath),
		              errno);
	return fd;
}

Result<std::optional<std::string>> findMountBelow(const std::string &directory,
                                                  const std::string &volumeRoot)
{
	const auto all = mounts();
	if (!all)
		return tl::unexpected(all.error());
	for (const auto &mount : *all)
		if (isBelow(mount.target, directory) &&
		    placeBelow(mount.target, volumeRoot) != snapperStoreName)
			return mount.target;
	return std::nullopt;
}

Result<std::optional<std::string>> findSubvolumeBelow(int root, const Volume &volume,
                                                      const std::string &relativePath)
{
	auto found = childrenBelow(root, storeBelow(volume));
	if (!found)
		return tl::unexpected(found.error());
	for (const auto &child : *found)
		if ((relativePath.empty() || isBelow(child.path, relativePath)) &&
		    !isVfsBtrfsSnapshot(root, child))
			return join(volume.root, child.path);
	return std::nullopt;
}

Result<std::vector<NestedSubvolume>> openNested(int root, const std::string &store)
{
	std::vector<NestedSubvolume> out;
	if (auto done = collect(root, "", store, out); !done)
		return tl::unexpected(done.error());
	return out;
}

Result<void> checkUnchanged(int root, const std::string &store,
                            std::span<const NestedSubvolume> found)
{
	std::map<uint64_t, std::string> expected;
	for (const auto &subvolume : found)
		expected.emplace(subvolume.id, subvolume.relativePath);
	const auto compare = [&](int volume, const std::string &place) -> Result<void> {
		const auto inside =
		        childrenOf(place, volume, place.empty() ? store : placeBelow(store, place));
		if (!inside)
			return tl::unexpected(inside.error());
		for (const auto &child : *inside) {
			const auto known = expected.find(child.id);
			const auto relative = join(place, child.path);
			if (known == expected.end() || known->second != relative)
				return nestedChanged(relative);
			expected.erase(known);
		}
		return {};
	};
	auto same = compare(root, "");
	// Each comes after the one it lies in, so that one that is gone is missed there.
	for (const auto &subvolume : found) {
		if (same && expected.contains(subvolume.id))
			return nestedChanged(subvolume.relativePath);
		if (same)
			same = compare(subvolume.fd.get(), subvolume.relativePath);
	}
	return same;
}

std::string storeBelow(const Volume &volume)
{
	return placeBelow(volume.store, volume.root);
}

Result<void> putInPlace(int from, const std::string &name, int snapshot,
                        const std::string &relativePath)
{
	const auto slash = relativePath.rfind('/');
	const auto parentPath = slash == relativePath.npos ? "" : relativePath.substr(0, slash);
	const auto last =
	        slash == relativePath.npos ? relativePath : relativePath.substr(slash + 1);
	auto parent = openBeneath(snapshot, parentPath);
	if (!parent && isOtherPlace(parent.error().errnum))
		return nestedChanged(relativePath);
	if (!parent)
		return tl::unexpected(parent.error());
	if (unlinkat(parent->get(), last.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
		if (isOtherPlace(errno))
			return nestedChanged(relativePath);
		return failed(Operation::Create, fmt::format("make room for '{}'", relativePath),
		              errno);
	}
	if (renameat(from, name.c_str(), parent->get(), last.c_str()) != 0)
		return failed(Operation::Create, fmt::format("put '{}' in place", relativePath),
		              errno);
	return {};
}

Result<void> setReadOnly(int directory, const std::string &name, bool readOnly)
{
	auto root = openDirectory(directory, name);
	if (!root)
		return tl::unexpected(root.error());
	if (!*root)
		return fail(HResult::Fail, fmt::format("open snapshot '{}'", name), ENOENT);
	auto nested = openNested(root->get());
	if (!nested)
		return tl::unexpected(nested.error());
	const auto flip = [&](int fd) -> Result<void> {
		const auto error = btrfs_util_set_subvolume_read_only_fd(fd, readOnly);
		if (error != BTRFS_UTIL_OK)
			return failure(Operation::Change, fmt::format("snapshot '{}'", name),
			               error);
		return {};
	};
	// Sealed from the leaves, opened from the root.
	if (!readOnly)
		if (auto done = flip(root->get()); !done)
			return done;
	for (const auto &subvolume : *nested)
		if (auto done = flip(subvolume.fd.get()); !done)
			return done;
	return readOnly ? flip(root->get()) : Result<void>();
}

Result<void> destroyTree(int directory, const std::string &name)
{
	auto root = openDirectory(directory, name);
	if (!root)
		return tl::unexpected(root.error());
	if (!*root)
		return {};
	auto inside = childrenBelow(root->get());
	if (!inside)
		return tl::unexpected(inside.error());
	int flags = 0;
	if (!inside->empty()) {
		// What lies in a read-only subvolume cannot be destroyed.
		if (auto opened = setReadOnly(directory, name, false); !opened)
			return opened;
		flags = BTRFS_UTIL_DELETE_SUBVOLUME_RECURSIVE;
	}
	root->reset();
	const auto error = btrfs_util_delete_subvolume_fd(directory, name.c_str(), flags);
	if (error == BTRFS_UTIL_OK || errno == ENOENT)
		return {};
	const int errnum = errno;
	root = openDirectory(directory, name);
	errno = errnum;
	return deletionFailed(root && *root ? root->get() : -1,
	                      fmt::format("snapshot '{}': {}", name, btrfs_util_strerror(error)));
}

Result<void> destroyOpened(int fileSystem, int root)
{
	const auto nested = openNested(root);
	if (!nested)
		return tl::unexpected(nested.error());
	std::vector<int> all{root};
	for (const auto &subvolume : *nested)
		all.push_back(subvolume.fd.get());
	auto error = BTRFS_UTIL_OK;
	// What lies in a read-only subvolume cannot be destroyed.
	if (!nested->empty())
		for (const int fd : all)
			if (error == BTRFS_UTIL_OK)
				error = btrfs_util_set_subvolume_read_only_fd(fd, false);
	for (auto fd = all.rbegin(); fd != all.rend(); ++fd) {
		uint64_t id = 0;
		if (error == BTRFS_UTIL_OK)
			error = btrfs_util_subvolume_id_fd(*fd, &id);
		if (error == BTRFS_UTIL_OK)
			error = btrfs_util_delete_subvolume_by_id_fd(fileSystem, id);
	}
	if (error != BTRFS_UTIL_OK)
		return deletionFailed(
		        root, fmt::format("destroy a snapshot: {}", btrfs_util_strerror(error)));
	return {};
}

} // namespace fss::btrfs
