// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/FakeProvider.h"

#include <cerrno>
#include <fmt/format.h>

namespace fss {

namespace {

std::string keyOf(const SnapshotRef &snapshot)
{
	return snapshot.path.empty() ? snapshot.id.text() : snapshot.path;
}

} // namespace

Result<Location> FakeProvider::inspect(const std::string &path, const InspectOptions &options)
{
	inspected++;
	if (unsupported.contains(path))
		return fail(HResult::NotSupported, fmt::format("'{}' is not on btrfs", path), 0,
		            "move the share");
	if (withNested.contains(path) && options.nested == NestedPolicy::Refuse)
		return fail(HResult::NotSupported, fmt::format("'{}' has nested subvolumes", path));
	Location location;
	const auto end = path.find('/', 1);
	location.volume.root = path.substr(0, end);
	location.volume.id = "fake:" + location.volume.root;
	location.volume.store =
	        options.store.empty() ? location.volume.root + "/.fss" : options.store;
	if (end != path.npos)
		location.relativePath = path.substr(end + 1);
	if (withNested.contains(path) && options.nested == NestedPolicy::Ignore)
		location.leftOut = path + "/nested";
	return location;
}

Result<void> FakeProvider::checkRoom(const Volume &volume, const MinimumFree &minimum)
{
	if (full.contains(volume.id) && minimum.of(1000) > 0)
		return fail(HResult::InsufficientStorage, "room on " + volume.root);
	return {};
}

class FakeProvider::Batch : public SnapshotBatch {
public:
	Batch(FakeProvider &provider, std::span<const SnapshotRequest> requests)
	    : provider_(provider), requests_(requests.begin(), requests.end())
	{
	}

	std::vector<VolumeId> writtenThrough() const override
	{
		std::vector<VolumeId> volumes;
		for (const auto &request : requests_)
			volumes.push_back(request.volume.id);
		return volumes;
	}

	Result<void> flush() override
	{
		if (provider_.flushFailure)
			return tl::unexpected(*provider_.flushFailure);
		provider_.flushes++;
		return {};
	}

	Result<void> arm() override { return {}; }

	Result<void> fire() override
	{
		const bool scattered = provider_.scattered > 0 && provider_.scattered-- > 0;
		provider_.made_++;
		for (const auto &request : requests_) {
			if (provider_.fireFailure)
				return tl::unexpected(*provider_.fireFailure);
			Snapshot snapshot;
			snapshot.volume = request.volume;
			snapshot.transaction = provider_.made_;
			snapshot.uuid =
			        fmt::format("uuid-{}-{}", provider_.made_, request.id.text());
			snapshot.writable = request.writable;
			snapshot.nested = request.nested;
			snapshot.exposedPaths = request.exposedPaths;
			provider_.snapshots[request.id.text()] = snapshot;
			provider_.prepared.insert(request.id.text());
			provider_.made_ += scattered ? 1 : 0;
		}
		return {};
	}

	Result<std::vector<SnapshotResult>> finish() override
	{
		std::vector<SnapshotResult> results;
		for (const auto &request : requests_) {
			const auto *snapshot = provider_.find(request.id);
			results.push_back({snapshot->uuid, "fake", snapshot->transaction});
		}
		return results;
	}

private:
	FakeProvider &provider_;
	std::vector<SnapshotRequest> requests_;
};

Result<std::unique_ptr<SnapshotBatch>>
FakeProvider::begin(std::span<const SnapshotRequest> requests)
{
	if (beginFailure)
		return tl::unexpected(*beginFailure);
	begun++;
	for (const auto &request : requests)
		prepared.insert(request.id.text());
	return std::make_unique<Batch>(*this, requests);
}

Result<Adoption> FakeProvider::adopt(const ForeignSnapshot &snapshot)
{
	if (unsupported.contains(snapshot.path))
		return fail(HResult::NotSupported,
		            fmt::format("'{}' is not on btrfs", snapshot.path));
	auto location = inspect(snapshot.volume, {});
	if (!location)
		return tl::unexpected(location.error());
	Adoption adoption;
	adoption.volume = location->volume;
	adoption.path = snapshot.path;
	if (const auto found = snapshots.find(snapshot.path); found != snapshots.end())
		adoption.uuid = found->second.uuid;
	return adoption;
}

Result<void> FakeProvider::seal(const SnapshotRef &snapshot)
{
	if (sealFailure)
		return tl::unexpected(*sealFailure);
	const auto found = snapshots.find(keyOf(snapshot));
	if (found == snapshots.end())
		return fail(HResult::Fail, "seal", ENOENT);
	found->second.writable = false;
	return {};
}

Result<void> FakeProvider::destroy(std::span<const SnapshotRef> refs)
{
	if (destroyFailure)
		return tl::unexpected(*destroyFailure);
	for (const auto &ref : refs) {
		const auto found = snapshots.find(keyOf(ref));
		if (found != snapshots.end() && !ref.uuid.empty() && found->second.uuid != ref.uuid)
			return fail(HResult::Fail, "another snapshot stands there", ESTALE);
		snapshots.erase(keyOf(ref));
		prepared.erase(ref.id.text());
	}
	return {};
}

Result<SnapshotPresence> FakeProvider::presence(const SnapshotRef &snapshot)
{
	if (presenceFailure)
		return tl::unexpected(*presenceFailure);
	return snapshots.contains(keyOf(snapshot)) ? SnapshotPresence::Present
	                                           : SnapshotPresence::Absent;
}

std::string FakeProvider::exposedPath(const SnapshotRef &snapshot,
                                      const std::string &relativePath) const
{
	const auto path =
	        snapshot.path.empty()
	                ? fmt::format("{}/{}/snapshot", snapshot.volume.store, snapshot.id.text())
	                : snapshot.path;
	return relativePath.empty() ? path : path + "/" + relativePath;
}

const FakeProvider::Snapshot *FakeProvider::find(const CopyId &id) const
{
	const auto found = snapshots.find(id.text());
	return found == snapshots.end() ? nullptr : &found->second;
}

} // namespace fss
