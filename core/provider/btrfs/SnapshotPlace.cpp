// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotPlace.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"
#include "provider/btrfs/WholeFileSystem.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fss::btrfs {

namespace {

struct Split {
	std::string parent; ///< "" for none
	std::string name;
};

Split splitLast(const std::string &path)
{
	const auto slash = path.rfind('/');
	if (slash == path.npos)
		return {"", path};
	return {path.substr(0, slash), path.substr(slash + 1)};
}

// The directory that holds a snapshot; no descriptor where it is not there.
Result<Fd> openHolder(const SnapshotRef &snapshot)
{
	if (snapshot.path.empty())
		return SnapshotStore(snapshot.volume.store)
		        .openCopyDirectory(snapshot.id, fsidOf(snapshot.volume.id));
	const auto relative = placeBelow(snapshot.path, snapshot.volume.root);
	if (relative.empty())
		return fail(
		        HResult::Fail, fmt::format("'{}'", snapshot.path), EINVAL,
		        fmt::format("it does not lie below its volume '{}'", snapshot.volume.root));
	auto volume = openVolume(snapshot.volume);
	if (!volume)
		return volume;
	auto holder = openBeneath(volume->get(), splitLast(relative).parent);
	if (!holder && holder.error().errnum == ENOENT)
		return Fd();
	return holder;
}

Result<struct btrfs_util_subvolume_info> infoOf(int fd, const std::string &path)
{
	struct btrfs_util_subvolume_info info {};
	if (auto error = btrfs_util_subvolume_info_fd(fd, 0, &info); error != BTRFS_UTIL_OK)
		return failure(Operation::Examine, fmt::format("'{}'", path), error);
	return info;
}

tl::unexpected<Error> notOurs(const std::string &path, const char *why)
{
	return fail(HResult::NotSupported, fmt::format("'{}' {}", path, why));
}

// Splits the path below a volume that leads to a share in a snapshot.
std::optional<std::pair<std::string, std::string>> splitForeign(const std::string &below)
{
	if (isVfsBtrfsPlace(below))
		return std::pair(below, std::string());
	// STORE/ID/snapshot and what the share is below it: the SNAP_* hooks' form.
	const auto store = std::string(SnapshotStore::defaultName) + "/";
	const auto snapshot = std::string("/") + SnapshotStore::snapshotName;
	constexpr size_t idLength = 36;
	const auto length = store.size() + idLength + snapshot.size();
	if (!below.starts_with(store) || !CopyId::parse(below.substr(store.size(), idLength)) ||
	    below.compare(store.size() + idLength, snapshot.size(), snapshot) != 0)
		return std::nullopt;
	if (below.size() == length)
		return std::pair(below, std::string());
	if (below[length] != '/')
		return std::nullopt;
	return std::pair(below.substr(0, length), below.substr(length + 1));
}

} // namespace

SnapshotRef normalised(const SnapshotRef &snapshot)
{
	if (snapshot.path.empty())
		return snapshot;
	const auto id = SnapshotStore(snapshot.volume.store).idAt(snapshot.path);
	return id ? SnapshotRef{*id, snapshot.volume, snapshot.uuid} : snapshot;
}

std::string placeOf(const SnapshotRef &snapshot)
{
	return snapshot.path.empty()
	               ? SnapshotStore(snapshot.volume.store).snapshotPath(snapshot.id)
	               : snapshot.path;
}

tl::unexpected<Error> foreignInPlace(const SnapshotRef &snapshot)
{
	return fail(HResult::Fail, fmt::format("'{}'", placeOf(normalised(snapshot))), ESTALE,
	            "another subvolume stands in the snapshot's place; remove it by hand");
}

Result<FoundSnapshot> findSnapshot(const SnapshotRef &snapshot)
{
	auto found = lookAtPlace(snapshot);
	if (found && found->foreign)
		return foreignInPlace(snapshot);
	return found;
}

Result<FoundSnapshot> lookAtPlace(const SnapshotRef &given)
{
	const auto snapshot = normalised(given);
	const auto path = placeOf(snapshot);
	FoundSnapshot found;
	found.name = splitLast(path).name;
	auto holder = openHolder(snapshot);
	if (!holder)
		return tl::unexpected(holder.error());
	if (!*holder)
		return found;
	auto root = openDirectory(holder->get(), found.name);
	if (!root)
		return tl::unexpected(root.error());
	if (!*root)
		return found;
	const auto info = infoOf(root->get(), path);
	if (!info)
		return tl::unexpected(info.error());
	const bool any = snapshot.uuid.empty() && given.path.empty();
	found.foreign = !any && uuidText(info->uuid) != snapshot.uuid;
	found.directory = std::move(*holder);
	found.root = std::move(*root);
	found.id = info->id;
	return found;
}

namespace {

/// A subvolume that was found by its uuid.
struct Elsewhere {
	Fd fileSystem;
	uint64_t id = 0;
	std::string path; ///< from the top-level subvolume on
};

Result<std::optional<Elsewhere>> lookAnywhere(const SnapshotRef &snapshot)
{
	auto fileSystem = openFileSystem(fsidOf(snapshot.volume.id), snapshot.volume.root);
	if (!fileSystem)
		return tl::unexpected(fileSystem.error());
	auto id = subvolumeWith(fileSystem->get(), snapshot.uuid);
	if (!id)
		return tl::unexpected(id.error());
	if (!*id)
		return std::nullopt;
	auto path = pathFromTop(fileSystem->get(), **id);
	if (!path) // deleted meanwhile, or being moved
		return tl::unexpected(path.error());
	return Elsewhere{std::move(*fileSystem), **id, *path};
}

bool isRootsDirectory(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && info.st_uid == 0;
}

/// The directories around a snapshot that was found somewhere: the shadow copy's,
/// and the store. Users may have moved and renamed them.
class Surroundings {
public:
	Surroundings(int top, const std::string &path, const CopyId &id) : id_(id)
	{
		const auto copy = splitLast(path).parent;
		const auto store = splitLast(copy).parent;
		copyName_ = splitLast(copy).name;
		storeName_ = splitLast(store).name;
		copy_ = opened(top, copy);
		store_ = opened(top, store);
		if (!store.empty())
			parent_ = opened(top, splitLast(store).parent);
	}

	/// Takes away what is empty and was made for the snapshot; a store only where it
	/// is of the default kind, a subvolume.
	void remove() const
	{
		if (!copy_ || !store_ || copyName_ != id_.text() ||
		    !isRootsDirectory(copy_.get()) || !isRootsDirectory(store_.get()))
			return;
		unlinkat(store_.get(), copyName_.c_str(), AT_REMOVEDIR);
		if (parent_ && isSubvolumeRoot(store_.get()))
			unlinkat(parent_.get(), storeName_.c_str(), AT_REMOVEDIR);
	}

private:
	static Fd opened(int top, const std::string &path)
	{
		auto fd = openBeneath(top, path);
		return fd ? std::move(*fd) : Fd();
	}

	CopyId id_;
	std::string copyName_, storeName_;
	Fd copy_, store_, parent_;
};

Result<void> destroyFound(const Elsewhere &found, const SnapshotRef &snapshot)
{
	auto top = openTopLevel(found.fileSystem.get());
	if (!top)
		return tl::unexpected(top.error());
	const auto root = openBeneath(top->get(), found.path);
	if (!root)
		return tl::unexpected(root.error());
	const auto info = infoOf(root->get(), found.path);
	if (!info)
		return tl::unexpected(info.error());
	if (uuidText(info->uuid) != snapshot.uuid)
		return fail(HResult::Fail, fmt::format("find '{}'", found.path), EAGAIN);
	const Surroundings around(top->get(), found.path, snapshot.id);
	auto gone = destroyOpened(top->get(), root->get());
	if (!gone)
		return gone;
	around.remove();
	if (fsync(top->get()) != 0)
		return failed(Operation::Examine, "wait for the file system", errno);
	return {};
}

} // namespace

Result<std::optional<std::string>> findAnywhere(const SnapshotRef &snapshot)
{
	auto found = lookAnywhere(snapshot);
	if (!found)
		return tl::unexpected(found.error());
	return *found ? std::optional((*found)->path) : std::nullopt;
}

Result<bool> destroyAnywhere(const SnapshotRef &snapshot)
{
	// It may be moved while it is looked for.
	constexpr int attempts = 3;
	bool destroyed = false;
	for (int attempt = 1;; attempt++) {
		const auto found = lookAnywhere(snapshot);
		if (found && !*found)
			return destroyed;
		if (!found && attempt == attempts)
			return tl::unexpected(found.error());
		if (!found)
			continue;
		auto gone = destroyFound(**found, snapshot);
		destroyed = destroyed || gone;
		if (gone || attempt < attempts)
			continue;
		gone.error().step =
		        fmt::format("destroy the snapshot that lies at '{}', seen from its file "
		                    "system's top level: {}",
		                    (*found)->path, gone.error().step);
		return tl::unexpected(gone.error());
	}
}

Result<Adoption> examineForeign(const Volume &volume, const ForeignSnapshot &snapshot)
{
	const auto split = splitForeign(placeBelow(snapshot.path, snapshot.volume));
	if (!split)
		return notOurs(snapshot.path, "is no snapshot of vfs_btrfs");
	Adoption adoption;
	adoption.volume = volume;
	adoption.path = (volume.root == "/" ? "" : volume.root) + "/" + split->first;
	adoption.relativePath = split->second;

	auto source = openVolume(volume);
	if (!source)
		return tl::unexpected(source.error());
	auto root = openBeneath(source->get(), split->first);
	if (!root && root.error().errnum == ENOENT)
		return adoption;
	if (!root)
		return tl::unexpected(root.error());
	if (!isSubvolumeRoot(root->get()) || fileSystemId(root->get()) != fsidOf(volume.id))
		return notOurs(adoption.path, "is no btrfs snapshot");
	const auto own = infoOf(source->get(), volume.root);
	const auto info = infoOf(root->get(), adoption.path);
	if (!own || !info)
		return tl::unexpected(own ? info.error() : own.error());
	if (uuidText(info->parent_uuid) != uuidText(own->uuid))
		return notOurs(adoption.path, "is no snapshot of its volume");
	adoption.uuid = uuidText(info->uuid);
	adoption.transaction = info->otransid;
	return adoption;
}

bool isVfsBtrfsPlace(const std::string &relativePath)
{
	constexpr std::string_view form = "@GMT-dddd.dd.dd-dd.dd.dd";
	return std::equal(form.begin(), form.end(), relativePath.begin(), relativePath.end(),
	                  [](char wanted, char c) {
		                  return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
	                  });
}

} // namespace fss::btrfs
