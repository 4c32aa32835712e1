// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/FakeProvider.h"

#include "provider/LookBelow.h"

#include <cerrno>
#include <fmt/format.h>

namespace fss {

namespace {

Error changed()
{
	return {HResult::Fail, "changed meanwhile", EAGAIN, "try again"};
}

std::string keyOf(const SnapshotRef &snapshot)
{
	return snapshot.path.empty() ? snapshot.id.text() : snapshot.path;
}

} // namespace

Result<Location> FakeProvider::inspect(const std::string &path, const InspectOptions &options)
{
	inspected++;
	if (auto allowed = reading("inspect " + path); !allowed)
		return tl::unexpected(allowed.error());
	if (trouble)
		return tl::unexpected(*trouble);
	if (unsupported.contains(path))
		return fail(HResult::NotSupported, fmt::format("'{}' is not on btrfs", path), 0,
		            "move the share");
	if (withNested.contains(path) && options.nested == NestedPolicy::Refuse)
		return fail(HResult::NotSupported, fmt::format("'{}' has nested subvolumes", path));
	Location location;
	if (options.provider == ProviderChoice::Vfs)
		location.volume.share = options.share;
	const auto end = path.find('/', 1);
	location.volume.root = path.substr(0, end);
	location.volume.id = name + ":" + location.volume.root;
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
	if (full.contains(volume.id) && !clearing.contains(volume.id) && minimum.of(1000) > 0)
		return fail(HResult::InsufficientStorage, "room on " + volume.root);
	return reading("room on " + volume.root);
}

Result<void> FakeProvider::prune(const std::function<Result<std::set<std::string>>()> &copies)
{
	if (remembered.empty())
		return {};
	return copies().map([this](const auto &known) {
		std::erase_if(remembered, [&](const auto &id) { return !known.contains(id); });
	});
}

Result<void> FakeProvider::awaitRoom(const Volume &volume, const MinimumFree &minimum)
{
	if (const auto found = clearing.find(volume.id); found != clearing.end()) {
		if (found->second)
			full.erase(volume.id);
		clearing.erase(found);
	}
	return checkRoom(volume, minimum);
}

Result<std::string> FakeProvider::lookBelow(const SnapshotRequest &request)
{
	if (auto allowed = reading("look below " + request.volume.root); !allowed)
		return tl::unexpected(allowed.error());
	if (whileLooking > 0 && whileLooking-- > 0)
		return tl::unexpected(changed());
	return lookBelowEach(request, [&](const std::string &path, NestedPolicy policy) {
		return inspect(directoryOf(request.volume, path), {"", policy})
		        .map([](const auto &location) { return location.leftOut; });
	});
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
		return provider_.writing("flush");
	}

	Result<void> arm() override { return {}; }

	Result<void> fire() override
	{
		const bool scattered = provider_.scattered > 0 && provider_.scattered-- > 0;
		provider_.made_++;
		for (const auto &request : requests_) {
			if (provider_.fireFailure)
				return tl::unexpected(*provider_.fireFailure);
			if (auto allowed = provider_.writing("fire " + request.volume.root);
			    !allowed)
				return allowed;
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
		return provider_.writing("fire, done");
	}

	Result<std::vector<SnapshotResult>> finish() override
	{
		std::vector<SnapshotResult> results;
		for (const auto &request : requests_) {
			if (auto allowed = provider_.writing("finish " + request.volume.root);
			    !allowed)
				return tl::unexpected(allowed.error());
			const auto *snapshot = provider_.find(request.id);
			results.push_back({snapshot->uuid, "fake", snapshot->transaction, "",
			                   request.created + provider_.laterCreated});
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
	for (const auto &request : requests) {
		if (auto allowed = writing("begin " + request.volume.root); !allowed)
			return tl::unexpected(allowed.error());
		prepared.insert(request.id.text());
	}
	if (changing > 0 && changing-- > 0)
		return tl::unexpected(changed());
	if (auto allowed = writing("begin, done"); !allowed)
		return tl::unexpected(allowed.error());
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
	if (auto allowed = writing("seal " + found->second.volume.root); !allowed)
		return allowed;
	found->second.writable = false;
	return writing("seal, done");
}

Result<void> FakeProvider::destroy(std::span<const SnapshotRef> refs)
{
	if (destroyFailure)
		return tl::unexpected(*destroyFailure);
	for (const auto &ref : refs) {
		const auto found = snapshots.find(keyOf(ref));
		if (found != snapshots.end() && !ref.uuid.empty() && found->second.uuid != ref.uuid)
			return fail(HResult::Fail, "another snapshot stands there", ESTALE);
		if (auto allowed = writing("destroy on " + ref.volume.root); !allowed)
			return allowed;
		snapshots.erase(keyOf(ref));
		if (auto allowed = writing("remove directory on " + ref.volume.root); !allowed)
			return allowed;
		prepared.erase(ref.id.text());
	}
	return writing("destroy, done");
}

Result<SnapshotPresence> FakeProvider::presence(const SnapshotRef &snapshot)
{
	if (presenceFailure)
		return tl::unexpected(*presenceFailure);
	if (auto allowed = reading("presence on " + snapshot.volume.root); !allowed)
		return tl::unexpected(allowed.error());
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
