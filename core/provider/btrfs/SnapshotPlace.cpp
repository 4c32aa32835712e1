// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotPlace.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <optional>
#include <string_view>
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

Result<FoundSnapshot> findSnapshot(const SnapshotRef &given)
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
	if (!any && uuidText(info->uuid) != snapshot.uuid)
		return fail(HResult::Fail, fmt::format("'{}'", path), ESTALE,
		            "another subvolume stands in the snapshot's place; remove it by hand");
	found.directory = std::move(*holder);
	found.root = std::move(*root);
	found.id = info->id;
	return found;
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
