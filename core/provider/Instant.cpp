// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Instant.h"

#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace fss {

namespace {

constexpr int tries = 3;

using Stopwatch = std::chrono::steady_clock;

std::chrono::microseconds since(Stopwatch::time_point start)
{
	return std::chrono::duration_cast<std::chrono::microseconds>(Stopwatch::now() - start);
}

bool isSingle(const std::vector<SnapshotResult> &snapshots)
{
	std::map<std::string, uint64_t> transactions;
	for (const auto &snapshot : snapshots)
		if (transactions.try_emplace(snapshot.fileSystem, snapshot.transaction)
		            .first->second != snapshot.transaction)
			return false;
	return true;
}

// Local users make subvolumes and mounts whatever the gate does. One that was there
// at the instant is there before it, or after it: nobody is held for the looks.
Result<std::vector<std::string>> lookBelow(SnapshotProvider &provider,
                                           std::span<const SnapshotRequest> requests)
{
	std::vector<std::string> leftOut;
	for (const auto &request : requests) {
		auto found = provider.lookBelow(request);
		if (!found)
			return tl::unexpected(found.error());
		if (!found->empty())
			leftOut.push_back(std::move(*found));
	}
	return leftOut;
}

Result<Instant> takeOnce(SnapshotProvider &provider, WriteGate &gate,
                         std::span<const SnapshotRequest> requests, SnapshotBatch &batch,
                         const InstantOptions &options)
{
	Instant instant;
	const auto volumes = batch.writtenThrough();
	if (auto before = lookBelow(provider, requests); !before)
		return tl::unexpected(before.error());
	const auto start = Stopwatch::now();
	if (auto flushed = batch.flush(); !flushed)
		return tl::unexpected(flushed.error());
	instant.flushed = since(start);
	if (auto armed = batch.arm(); !armed)
		return tl::unexpected(armed.error());

	auto hold = gate.hold(volumes, options.holdTimeout);
	if (!hold)
		return tl::unexpected(hold.error());
	// The snapshot calls write out what came in since, each for its volume; but
	// then they do not all come at once.
	auto fired = options.oneTransaction ? batch.flush() : Result<void>();
	if (fired)
		fired = batch.fire();
	const auto released = (*hold)->release();
	if (!fired)
		return tl::unexpected(fired.error());
	if (!released)
		return tl::unexpected(released.error());
	instant.held = *released;

	auto snapshots = batch.finish();
	if (!snapshots)
		return tl::unexpected(snapshots.error());
	auto after = lookBelow(provider, requests);
	if (!after)
		return tl::unexpected(after.error());
	instant.leftOut = std::move(*after);
	instant.snapshots = std::move(*snapshots);
	instant.single = isSingle(instant.snapshots);
	return instant;
}

// What cannot be undone now stays on record, and is undone later.
Result<void> undo(SnapshotProvider &provider, std::span<const SnapshotRequest> requests)
{
	std::vector<SnapshotRef> made;
	for (const auto &request : requests)
		made.push_back({request.id, request.volume, ""});
	return provider.destroy(made);
}

} // namespace

Result<Instant> takeInstant(SnapshotProvider &provider, WriteGate &gate,
                            std::span<const SnapshotRequest> requests,
                            std::shared_ptr<SnapshotBatch> batch, const InstantOptions &options)
{
	for (const auto &request : requests)
		if (auto room = provider.awaitRoom(request.volume, request.minimumFree); !room)
			return tl::unexpected(room.error());
	const auto attempt = [&]() -> Result<Instant> {
		if (!batch) {
			auto begun = provider.begin(requests);
			if (!begun)
				return tl::unexpected(begun.error());
			batch = std::move(*begun);
		}
		return takeOnce(provider, gate, requests, *std::exchange(batch, nullptr), options);
	};
	for (int left = tries;; left--) {
		auto instant = caught(attempt);
		if (instant && (instant->single || !options.oneTransaction))
			return instant;
		Result<void> outcome = instant.map([](auto &) {});
		if (instant)
			outcome = fail(HResult::Fail, "make the snapshots in one transaction", 0,
			               "the file system is busy; try again, or set fss:one "
			               "transaction = prefer");
		const bool passes = instant || instant.error().errnum == EAGAIN;
		if (auto undone = caught([&] { return undo(provider, requests); }); !undone)
			outcome.error().step += "; undo: " + undone.error().text();
		else if (passes && left > 1)
			continue;
		return tl::unexpected(outcome.error());
	}
}

} // namespace fss
