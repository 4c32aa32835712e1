// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsBatch.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/CopyTime.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"
#include "provider/btrfs/VolumeWrites.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sched.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss::btrfs {

namespace {

std::string nestedName(size_t number)
{
	return fmt::format("{}{}", BtrfsBatch::nestedPrefix, number);
}

} // namespace

Result<void> BtrfsBatch::open(std::span<const SnapshotRequest> requests)
{
	requests_.assign(requests.begin(), requests.end());
	for (size_t i = 0; i < requests_.size(); i++)
		if (auto opened = openRequest(i); !opened)
			return opened;
	return {};
}

Result<void> BtrfsBatch::openRequest(size_t index)
{
	const auto &request = requests_[index];
	const auto fsid = fsidOf(request.volume.id);
	const SnapshotStore store(request.volume.store);
	auto volume = openVolume(request.volume);
	if (!volume)
		return tl::unexpected(volume.error());
	auto directory = store.makeCopyDirectory(request.id, fsid);
	if (!directory)
		return tl::unexpected(directory.error());
	// Left by a worker that died in the middle of an earlier try.
	if (auto cleared = destroyTree(directory->get(), SnapshotStore::snapshotName); !cleared)
		return cleared;

	// Ahead of the snapshot: its transaction brings the time to the disk, too.
	auto created = reserveTime(directory->get(), request.volume.id, request.created);
	if (!created)
		return tl::unexpected(created.error());
	created_.push_back(*created);

	const int directoryFd = directory->get();
	Shot shot;
	shot.request = index;
	shot.source = volume->get();
	roots_.push_back(std::move(*volume));
	nested_.emplace_back();
	shot.directory = std::move(*directory);
	shot.writable = request.writable;
	if (auto noted = noteWriters(shot); !noted)
		return noted;
	shots_.push_back(std::move(shot));
	if (request.nested != NestedPolicy::Include)
		return {};
	return openNestedOf(index, roots_.back().get(), directoryFd);
}

Result<void> BtrfsBatch::openNestedOf(size_t index, int volume, int directory)
{
	auto nested = openNested(volume, storeBelow(requests_[index].volume));
	if (!nested)
		return tl::unexpected(nested.error());
	if (!nested->empty())
		shots_.back().writable = true; // until all is in its place
	for (size_t i = 0; i < nested->size(); i++) {
		const auto name = nestedName(i);
		if (mkdirat(directory, name.c_str(), 0700) != 0 && errno != EEXIST)
			return failed(Operation::Create, fmt::format("make '{}'", name), errno);
		auto holder = openDirectory(directory, name);
		if (!holder)
			return failed(Operation::Create, holder.error().step,
			              holder.error().errnum);
		if (auto cleared = destroyTree(holder->get(), SnapshotStore::snapshotName);
		    !cleared)
			return cleared;
		Shot part;
		part.request = index;
		part.source = (*nested)[i].fd.get();
		part.directory = std::move(*holder);
		part.relativePath = (*nested)[i].relativePath;
		part.writable = true; // until it is in its place
		if (auto noted = noteWriters(part); !noted)
			return noted;
		shots_.push_back(std::move(part));
	}
	nested_[index] = std::move(*nested);
	return {};
}

// That nothing nested is missing in the snapshots, or in another place: what was
// found is the same before they are made and once they are.
Result<void> BtrfsBatch::checkNested() const
{
	for (size_t i = 0; i < requests_.size(); i++) {
		if (requests_[i].nested != NestedPolicy::Include)
			continue;
		auto same = checkUnchanged(roots_[i].get(), storeBelow(requests_[i].volume),
		                           nested_[i]);
		if (!same)
			return same;
	}
	return {};
}

Result<void> BtrfsBatch::noteWriters(const Shot &shot)
{
	auto volumes = volumesAround(shot.source, fsidOf(requests_[shot.request].volume.id));
	if (!volumes && volumes.error().errnum == ENOENT && !shot.relativePath.empty())
		return nestedChanged(shot.relativePath);
	if (!volumes)
		return tl::unexpected(volumes.error());
	for (auto &volume : *volumes)
		if (std::find(written_.begin(), written_.end(), volume) == written_.end())
			written_.push_back(std::move(volume));
	return {};
}

Result<void> BtrfsBatch::flush()
{
	std::map<std::string, int> fileSystems;
	for (const auto &shot : shots_)
		fileSystems.try_emplace(fsidOf(requests_[shot.request].volume.id), shot.source);
	return flushAll(fileSystems);
}

// Snapshot calls that come while the commit of an earlier transaction is under
// way join one transaction, and so show one instant; the first of them would
// otherwise be in one of its own. So such a commit is started.
//
// The kernel may overlook a start beside others'. Nobody waits for that one: the
// snapshot calls commit its transaction, too.
void BtrfsBatch::startCommits()
{
	constexpr std::chrono::milliseconds patience(20);
	std::map<std::string, std::vector<const Shot *>> fileSystems;
	for (const auto &shot : shots_)
		fileSystems[fsidOf(requests_[shot.request].volume.id)].push_back(&shot);
	size_t count = 0;
	for (const auto &[fsid, shots] : fileSystems) {
		if (shots.size() < 2)
			continue;
		count++;
		threads_.emplace_back([this, fd = shots.front()->directory.get()] {
			// There has to be something to commit. Without, nothing is lost.
			uint64_t transaction = 0;
			if (futimens(fd, nullptr) == 0)
				btrfs_util_start_sync_fd(fd, &transaction);
			commits_.release();
		});
	}
	const auto deadline = std::chrono::steady_clock::now() + patience;
	while (count-- > 0 && commits_.try_acquire_until(deadline))
		;
}

BtrfsBatch::~BtrfsBatch()
{
	release(Signal::Abandon);
}

void BtrfsBatch::release(Signal signal)
{
	signal_ = signal;
	signal_.notify_all();
	threads_.clear();
}

void BtrfsBatch::shoot(Shot &shot)
{
	// Writers are waiting: other work on this machine comes later. Where that
	// is not permitted it takes its turn.
	const struct sched_param first = {.sched_priority = 1};
	sched_setscheduler(0, SCHED_FIFO, &first);
	signal_.wait(Signal::Wait);
	if (signal_ != Signal::Fire)
		return;
	const int flags = shot.writable ? 0 : BTRFS_UTIL_CREATE_SNAPSHOT_READ_ONLY;
	if (btrfs_util_create_snapshot_fd2(shot.source, shot.directory.get(),
	                                   SnapshotStore::snapshotName, flags, nullptr,
	                                   nullptr) != BTRFS_UTIL_OK)
		shot.errnum = errno;
}

Result<void> BtrfsBatch::arm()
{
	if (auto same = checkNested(); !same)
		return same;
	threads_.reserve(shots_.size());
	for (auto &shot : shots_)
		threads_.emplace_back([this, &shot] { shoot(shot); });
	return {};
}

Result<void> BtrfsBatch::fire()
{
	startCommits();
	release(Signal::Fire);
	for (const auto &shot : shots_) {
		if (shot.errnum == ENOENT && !shot.relativePath.empty())
			return nestedChanged(shot.relativePath);
		if (shot.errnum != 0)
			return failed(Operation::Snapshot,
			              fmt::format("make snapshot of '{}'",
			                          requests_[shot.request].volume.root),
			              shot.errnum);
	}
	return {};
}

const BtrfsBatch::Shot &BtrfsBatch::volumeShot(size_t index) const
{
	for (const auto &shot : shots_)
		if (shot.request == index && shot.relativePath.empty())
			return shot;
	return shots_.front();
}

Result<void> BtrfsBatch::assembleNested(size_t index)
{
	const auto &main = volumeShot(index);
	auto root = openDirectory(main.directory.get(), SnapshotStore::snapshotName);
	if (!root)
		return tl::unexpected(root.error());
	size_t count = 0;
	for (const auto &shot : shots_) {
		if (shot.request != index || shot.relativePath.empty())
			continue;
		auto placed = putInPlace(shot.directory.get(), SnapshotStore::snapshotName,
		                         root->get(), shot.relativePath);
		if (!placed)
			return placed;
		unlinkat(main.directory.get(), nestedName(count++).c_str(), AT_REMOVEDIR);
	}
	if (count == 0 || requests_[index].writable)
		return {};
	return setReadOnly(main.directory.get(), SnapshotStore::snapshotName, true);
}

Result<SnapshotResult> BtrfsBatch::describe(size_t index) const
{
	const auto &shot = volumeShot(index);
	auto root = openDirectory(shot.directory.get(), SnapshotStore::snapshotName);
	if (!root)
		return tl::unexpected(root.error());
	struct btrfs_util_subvolume_info info {};
	if (auto error = btrfs_util_subvolume_info_fd(root->get(), 0, &info);
	    error != BTRFS_UTIL_OK)
		return failure(Operation::Examine, "read the snapshot's identity", error);
	for (const auto &path : requests_[index].exposedPaths)
		if (auto exposed = openBeneath(root->get(), path); !exposed)
			return fail(HResult::NotSupported,
			            fmt::format("find '{}' in the snapshot of '{}'", path,
			                        requests_[index].volume.root),
			            exposed.error().errnum,
			            "the share's directory was moved, or became a link");
	if (!requests_[index].writable)
		if (auto noted = noteSeal(shot.directory.get(), root->get()); !noted)
			return tl::unexpected(noted.error());
	return SnapshotResult{uuidText(info.uuid), fsidOf(requests_[index].volume.id),
	                      info.otransid, "", created_[index]};
}

Result<std::vector<SnapshotResult>> BtrfsBatch::finish()
{
	if (auto same = checkNested(); !same)
		return tl::unexpected(same.error());
	std::vector<SnapshotResult> results;
	for (size_t i = 0; i < requests_.size(); i++) {
		auto result = assembleNested(i).and_then([&] { return describe(i); });
		if (!result)
			return tl::unexpected(result.error());
		results.push_back(*result);
	}
	return results;
}

} // namespace fss::btrfs
