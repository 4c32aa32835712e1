// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperBatch.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/VolumeIds.h"
#include "provider/btrfs/VolumeWrites.h"
#include "snapper_backend/SnapperStore.h"
#include "snapper_backend/SnapshotTime.h"
#include "snapper_backend/VolumeNames.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

namespace fss::snapper {

SnapperBatch::~SnapperBatch()
{
	// Where no answer came, the mark says that the snapshot may still come.
	for (const auto &shot : shots_)
		if (shot.marked && !shot.unanswered)
			(void)unmark(shot.volume.get(), shot.request.id);
}

Result<void> SnapperBatch::add(const SnapshotRequest &request, const std::string &config)
{
	auto volume = btrfs::openVolume(asBtrfs(request.volume));
	if (!volume)
		return tl::unexpected(volume.error());
	auto around = btrfs::volumesAround(volume->get(), btrfs::fsidOf(request.volume.id));
	if (!around)
		return tl::unexpected(around.error());
	for (auto &each : *around)
		if (std::find(written_.begin(), written_.end(), each) == written_.end())
			written_.push_back(std::move(each));
	shots_.push_back({request, config, std::move(*volume)});
	return {};
}

Result<void> SnapperBatch::flush()
{
	std::map<std::string, int> fileSystems;
	for (const auto &shot : shots_)
		fileSystems.try_emplace(btrfs::fsidOf(shot.request.volume.id), shot.volume.get());
	return btrfs::flushAll(fileSystems);
}

Result<void> SnapperBatch::arm()
{
	for (auto &shot : shots_) {
		auto session = service_.connect();
		if (!session)
			return tl::unexpected(session.error());
		shot.session = std::move(*session);
		if (auto marked = mark(shot.volume.get(), shot.request.id); !marked)
			return marked;
		shot.marked = true;
	}
	return {};
}

void SnapperBatch::shoot(Shot &shot) const
{
	Creation creation;
	creation.config = shot.config;
	creation.readOnly = !shot.request.writable;
	creation.description = "shadow copy for SMB clients (samba-fss)";
	creation.userData = {{setKey, shot.request.set.text()}, {copyKey, shot.request.id.text()}};
	shot.number = caught([&] { return shot.session->create(creation, creationTimeout); });
	const int errnum = shot.number ? 0 : shot.number.error().errnum;
	shot.unanswered = errnum == ETIMEDOUT;
}

Result<void> SnapperBatch::fire()
{
	{
		std::vector<std::jthread> threads;
		threads.reserve(shots_.size());
		for (auto &shot : shots_)
			threads.emplace_back([this, &shot] { shoot(shot); });
	}
	for (auto &shot : shots_)
		if (shot.unanswered)
			unanswered_(shot.request.id, shot.session);
	for (const auto &shot : shots_)
		if (!shot.number)
			return tl::unexpected(shot.number.error());
	return {};
}

// What snapperd says is not believed: the snapshot is looked at.
Result<SnapshotResult> SnapperBatch::describe(const Shot &shot) const
{
	const auto &request = shot.request;
	const auto path = SnapperStore::pathOf(*shot.number);
	const auto wrong = [&](const char *what) {
		return fail(HResult::Fail,
		            fmt::format("snapper's new snapshot '{}/{}' {}", request.volume.root,
		                        path, what),
		            EBADMSG, "see /var/log/snapper.log");
	};
	auto store = SnapperStore::open(shot.volume.get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return wrong("is not there");
	auto entry = (*store)->entry(*shot.number);
	if (!entry)
		return tl::unexpected(entry.error());
	if (!entry->snapshot)
		return wrong("is not there");
	if (entry->copy != request.id || !isMarked(entry->snapshot.get(), request.id))
		return wrong("is not the one that was asked for");
	struct btrfs_util_subvolume_info info {};
	struct btrfs_util_subvolume_info parent {};
	for (const auto &[fd, out] :
	     {std::pair(entry->snapshot.get(), &info), std::pair(shot.volume.get(), &parent)})
		if (auto error = btrfs_util_subvolume_info_fd(fd, 0, out); error != BTRFS_UTIL_OK)
			return btrfs::failure(Operation::Examine, "read the snapshot's identity",
			                      error);
	if (btrfs::uuidText(info.parent_uuid) != btrfs::uuidText(parent.uuid))
		return wrong("is not of its volume");
	bool readOnly = false;
	if (btrfs_util_get_subvolume_read_only_fd(entry->snapshot.get(), &readOnly) !=
	            BTRFS_UTIL_OK ||
	    readOnly == request.writable)
		return wrong(readOnly ? "is read-only" : "is writable");
	for (const auto &exposed : request.exposedPaths)
		if (auto opened = btrfs::openBeneath(entry->snapshot.get(), exposed); !opened)
			return fail(HResult::NotSupported,
			            fmt::format("find '{}' in the snapshot of '{}'", exposed,
			                        request.volume.root),
			            opened.error().errnum,
			            "the share's directory was moved, or became a link");
	if (readOnly)
		if (auto noted = btrfs::noteSeal(entry->directory.get(), entry->snapshot.get());
		    !noted)
			return tl::unexpected(noted.error());
	const auto created = reserveTime(**store, *entry, request.created);
	if (!created)
		return tl::unexpected(created.error());
	// Snapper leaves info.xml to the kernel to write some time.
	if (fsync(Fd(openat(entry->directory.get(), "info.xml", O_RDONLY | O_CLOEXEC)).get()) !=
	            0 ||
	    fsync(entry->directory.get()) != 0)
		return failed(Operation::Examine, fmt::format("write out '{}'", path), errno);
	return SnapshotResult{entry->uuid, btrfs::fsidOf(request.volume.id), info.otransid,
	                      pathBelow(request.volume.root, path), *created};
}

Result<std::vector<SnapshotResult>> SnapperBatch::finish()
{
	std::vector<SnapshotResult> results;
	for (const auto &shot : shots_) {
		auto result = describe(shot);
		if (!result)
			return tl::unexpected(result.error());
		results.push_back(std::move(*result));
	}
	return results;
}

} // namespace fss::snapper
