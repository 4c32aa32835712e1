// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsProvider.h"

#include "provider/LookBelow.h"
#include "provider/btrfs/ActiveSwap.h"
#include "provider/btrfs/BtrfsBatch.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/ShareLocation.h"
#include "provider/btrfs/SnapshotPlace.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss {

using namespace btrfs;

namespace {

// Parts of a batch that never came into their place.
Result<void> destroyNestedParts(int directory)
{
	const auto names = namesIn(directory);
	if (!names)
		return tl::unexpected(names.error());
	for (const auto &name : *names) {
		if (!name.starts_with(BtrfsBatch::nestedPrefix))
			continue;
		auto holder = openDirectory(directory, name);
		if (!holder)
			return tl::unexpected(holder.error());
		if (auto gone = destroyTree(holder->get(), SnapshotStore::snapshotName); !gone)
			return gone;
		if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0)
			return failed(Operation::Destroy, fmt::format("remove '{}'", name), errno);
	}
	return {};
}

Result<void> destroyInStore(const SnapshotRef &snapshot)
{
	const SnapshotStore store(snapshot.volume.store);
	const auto fsid = fsidOf(snapshot.volume.id);
	auto directory = store.openCopyDirectory(snapshot.id, fsid);
	if (!directory)
		return tl::unexpected(directory.error());
	if (!*directory) // an empty store may stand nevertheless
		return store.removeCopyDirectory(snapshot.id, fsid);
	auto gone = destroyTree(directory->get(), SnapshotStore::snapshotName).and_then([&] {
		return destroyNestedParts(directory->get());
	});
	if (!gone)
		return gone;
	return store.removeCopyDirectory(snapshot.id, fsid);
}

// What snapshots were destroyed in. To be filled afterwards: the store may go, too.
void addTo(std::vector<Fd> &directories, Result<Fd> directory)
{
	if (directory && *directory)
		directories.push_back(std::move(*directory));
}

// The sync of a directory that has lost a subvolume commits the transaction, and
// leaves the next one nothing to do. BTRFS_IOC_START_SYNC would do it, too; but
// where several call it at once the kernel may overlook one of them, which then
// waits for the periodic commit, 30 s.
Result<void> sync(const std::vector<Fd> &directories)
{
	for (const auto &directory : directories)
		if (fsync(directory.get()) != 0)
			return failed(Operation::Destroy, "wait for the file system", errno);
	return {};
}

// What is at its place, if that can be reached.
Result<void> destroyAtPlace(const SnapshotRef &snapshot, std::vector<Fd> &directories)
{
	auto found = findSnapshot(snapshot);
	if (!found)
		return tl::unexpected(found.error());
	const auto place = normalised(snapshot);
	Result<void> gone;
	if (place.path.empty()) {
		gone = destroyInStore(place);
		const SnapshotStore store(place.volume.store);
		addTo(directories, store.open(fsidOf(place.volume.id)));
	} else if (found->root) {
		// Users may rename what lies in a share: by its id it is the one found.
		gone = destroyOpened(found->directory.get(), found->root.get());
		addTo(directories, std::move(found->directory));
	}
	addTo(directories, openVolume(snapshot.volume));
	return gone;
}

// It is gone when its file system has no subvolume of its uuid any more: users may
// have moved the store, or an administrator the volume.
Result<void> destroyOne(const SnapshotRef &snapshot, std::vector<Fd> &directories)
{
	auto atPlace = destroyAtPlace(snapshot, directories);
	if (snapshot.uuid.empty())
		return atPlace;
	const auto destroyed = destroyAnywhere(snapshot);
	if (!destroyed)
		return atPlace ? tl::unexpected(destroyed.error()) : atPlace;
	const auto left = lookAtPlace(snapshot);
	if (left && left->foreign)
		return foreignInPlace(snapshot);
	return {};
}

// Of one that is not at its place, or whose place cannot be looked at.
Result<SnapshotPresence> presenceElsewhere(const SnapshotRef &snapshot, const Result<void> &place)
{
	const auto elsewhere = findAnywhere(snapshot);
	if (!elsewhere)
		return tl::unexpected(place ? elsewhere.error() : place.error());
	const auto left = lookAtPlace(snapshot);
	if (left && left->foreign)
		return foreignInPlace(snapshot);
	if (!*elsewhere)
		return SnapshotPresence::Absent;
	if (!place)
		return tl::unexpected(place.error());
	return fail(HResult::Fail, fmt::format("'{}'", placeOf(snapshot)), ENOENT,
	            fmt::format("the snapshot lies at '{}' now, seen from its file system's top "
	                        "level; move it back, or delete the shadow copy",
	                        **elsewhere));
}

} // namespace

Result<Location> BtrfsProvider::inspect(const std::string &path, const InspectOptions &options)
{
	if (!options.store.empty() && options.store.front() != '/')
		return fail(HResult::NotSupported,
		            fmt::format("fss:store directory = {}", options.store), 0,
		            "it must be an absolute path");
	auto located = locateShare(path, options.store);
	if (!located)
		return tl::unexpected(located.error());
	if (auto able = checkPrivilege(); !able)
		return tl::unexpected(able.error());
	auto &location = located->location;
	const SnapshotStore store(location.volume.store);
	if (auto sound = store.check(fsidOf(location.volume.id)); !sound)
		return tl::unexpected(sound.error());
	auto leftOut = checkNested(located->root.get(), location.volume, location.relativePath,
	                           options.nested);
	if (!leftOut)
		return tl::unexpected(leftOut.error());
	location.leftOut = *leftOut;
	if (auto able = checkSwapFiles(swaps_, location.volume, options.nested); !able)
		return tl::unexpected(able.error());
	return location;
}

Result<Location> BtrfsProvider::place(const std::string &path, const std::string &store)
{
	auto located = locateShare(path, store);
	if (!located)
		return tl::unexpected(located.error());
	return std::move(located->location);
}

Result<Adoption> BtrfsProvider::adopt(const ForeignSnapshot &snapshot)
{
	auto located = locateShare(snapshot.volume);
	if (!located)
		return tl::unexpected(located.error());
	if (!located->location.relativePath.empty())
		return fail(HResult::NotSupported,
		            fmt::format("'{}' is no subvolume", snapshot.volume));
	return examineForeign(located->location.volume, snapshot);
}

namespace {

// Within the minute that clients give to a Commit.
constexpr std::chrono::seconds clearingPatience(30);
constexpr std::chrono::milliseconds clearingPause(250);

bool isShort(const Result<void> &room)
{
	return !room && room.error().code == HResult::InsufficientStorage;
}

Result<void> compareRoom(int fd, const Volume &volume, const MinimumFree &minimum)
{
	auto room = roomOn(fd);
	if (!room)
		return tl::unexpected(room.error());
	const auto needed = minimum.of(room->size);
	const auto advice =
	        fmt::format("fss:min free asks for {} MiB; free some, or lower it", needed >> 20);
	if (room->data < needed)
		return fail(HResult::InsufficientStorage,
		            fmt::format("'{}' has {} MiB free", volume.root, room->data >> 20), 0,
		            advice);
	if (room->metadata < needed)
		return fail(HResult::InsufficientStorage,
		            fmt::format("'{}' has {} MiB free for metadata", volume.root,
		                        room->metadata >> 20),
		            0, advice + "; btrfs balance start -dusage=50 gives some back");
	return {};
}

// What is cleared gives back less than there is in all, which of() returns at most.
bool mayFit(int fd, const MinimumFree &minimum)
{
	const auto room = roomOn(fd);
	return room && minimum.of(room->size) < room->size;
}

} // namespace

Result<void> BtrfsProvider::checkRoom(const Volume &volume, const MinimumFree &minimum)
{
	const auto fd = openVolume(volume);
	if (!fd)
		return tl::unexpected(fd.error());
	auto room = compareRoom(fd->get(), volume, minimum);
	const bool comes = isShort(room) && mayFit(fd->get(), minimum) && isClearing(fd->get());
	return comes ? Result<void>() : room;
}

Result<void> BtrfsProvider::awaitRoom(const Volume &volume, const MinimumFree &minimum)
{
	using Steady = std::chrono::steady_clock;
	const auto fd = openVolume(volume);
	if (!fd)
		return tl::unexpected(fd.error());
	const auto end = Steady::now() + clearingPatience;
	auto room = compareRoom(fd->get(), volume, minimum);
	for (bool clearing = mayFit(fd->get(), minimum);
	     isShort(room) && clearing && Steady::now() < end;) {
		// What is cleared counts as free after the next commit only.
		clearing = isClearing(fd->get());
		if (auto written = writeOut(fd->get()); !written)
			return written;
		room = compareRoom(fd->get(), volume, minimum);
		if (isShort(room) && clearing)
			std::this_thread::sleep_for(clearingPause);
	}
	return room;
}

Result<std::string> BtrfsProvider::lookBelow(const SnapshotRequest &request)
{
	const auto &volume = request.volume;
	const auto root = openVolume(volume);
	if (!root)
		return tl::unexpected(root.error());
	return lookBelowEach(request, [&](const std::string &path, NestedPolicy policy) {
		return checkNested(root->get(), volume, path, policy);
	});
}

Result<std::unique_ptr<SnapshotBatch>>
BtrfsProvider::begin(std::span<const SnapshotRequest> requests)
{
	for (const auto &request : requests)
		if (auto able = checkSwapFiles(swaps_, request.volume, request.nested); !able)
			return tl::unexpected(able.error());
	auto batch = std::make_unique<BtrfsBatch>();
	if (auto opened = batch->open(requests); !opened)
		return tl::unexpected(opened.error());
	return batch;
}

Result<void> BtrfsProvider::seal(const SnapshotRef &snapshot)
{
	auto found = findSnapshot(snapshot);
	if (!found)
		return tl::unexpected(found.error());
	if (!found->root)
		return fail(HResult::Fail, fmt::format("'{}'", placeOf(snapshot)), ENOENT,
		            "the snapshot was deleted behind the agent's back");
	const auto sealed = setReadOnly(found->directory.get(), found->name, true).and_then([&] {
		return settle(found->root.get());
	});
	// A snapshot that another agent made lies in a directory of users.
	const auto path = placeOf(normalised(snapshot));
	if (!sealed || !(storePlaceOf(path) || snapperPlaceOf(path)))
		return sealed;
	return noteSeal(found->directory.get(), found->root.get());
}

Result<void> BtrfsProvider::destroy(std::span<const SnapshotRef> snapshots)
{
	Result<void> outcome;
	std::vector<Fd> directories;
	for (const auto &snapshot : snapshots)
		if (auto gone = destroyOne(snapshot, directories); !gone)
			outcome = gone;
	if (auto synced = sync(directories); !synced)
		return synced;
	return outcome;
}

Result<SnapshotPresence> BtrfsProvider::presence(const SnapshotRef &snapshot)
{
	const auto found = openVolume(snapshot.volume).and_then([&](auto &&) {
		return findSnapshot(snapshot);
	});
	if (found && found->root)
		return SnapshotPresence::Present;
	if (snapshot.uuid.empty())
		return found.map([](auto &) { return SnapshotPresence::Absent; });
	return presenceElsewhere(snapshot, found.map([](auto &) {}));
}

std::string BtrfsProvider::exposedPath(const SnapshotRef &snapshot,
                                       const std::string &relativePath) const
{
	const auto root = placeOf(snapshot);
	return relativePath.empty() ? root : root + "/" + relativePath;
}

} // namespace fss
