// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Instant.h"

#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace fss {

namespace {

// To have all snapshots in one transaction.
constexpr int transactionTries = 3;
// Where subvolumes are made, moved or deleted meanwhile: all within a second, beside
// what a try takes itself.
constexpr int changeTries = 6;
constexpr std::chrono::milliseconds firstPause(20); // then twice as long each time

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

Error severalTransactions()
{
	return {HResult::Fail, "make the snapshots in one transaction", 0,
	        "the file system is busy; try again, or set fss:one transaction = prefer"};
}

// The error that is left where a failed try cannot be undone, or is not to be repeated;
// none: try again.
std::optional<Error> giveUp(SnapshotProvider &provider, std::span<const SnapshotRequest> requests,
                            Error error, bool again)
{
	if (auto undone = caught([&] { return undo(provider, requests); }); !undone)
		error.step += "; undo: " + undone.error().text();
	else if (again)
		return std::nullopt;
	return error;
}

// Whether one more try is due after so many; lets the others come to an end first.
bool outlastsChange(const Error &error, int tried)
{
	if (error.errnum != EAGAIN || tried >= changeTries)
		return false;
	std::this_thread::sleep_for(firstPause * (1 << (tried - 1)));
	return true;
}

} // namespace

Result<std::unique_ptr<SnapshotBatch>> beginBatch(SnapshotProvider &provider,
                                                  std::span<const SnapshotRequest> requests)
{
	for (int tried = 1;; tried++) {
		auto batch = provider.begin(requests);
		if (batch || batch.error().errnum != EAGAIN)
			return batch;
		const auto error = giveUp(provider, requests, batch.error(),
		                          outlastsChange(batch.error(), tried));
		if (error)
			return tl::unexpected(*error);
	}
}

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
	for (int tried = 1;; tried++) {
		auto instant = caught(attempt);
		if (instant && (instant->single || !options.oneTransaction))
			return instant;
		const bool again =
		        instant ? tried < transactionTries : outlastsChange(instant.error(), tried);
		const auto error = giveUp(provider, requests,
		                          instant ? severalTransactions() : instant.error(), again);
		if (error)
			return tl::unexpected(*error);
	}
}

} // namespace fss
