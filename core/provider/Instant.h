// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate/WriteGate.h"
#include "provider/SnapshotProvider.h"

#include <chrono>
#include <memory>
#include <span>
#include <vector>

namespace fss {

struct InstantOptions {
	Clock::Duration holdTimeout = std::chrono::seconds(10);
	/// All snapshots of one file system have to be of one transaction; tried
	/// three times.
	bool oneTransaction = false;
};

/// What came of it.
struct Instant {
	std::vector<SnapshotResult> snapshots; ///< in the order of requests
	bool single = false;                   ///< on each file system all are of one transaction
	std::chrono::microseconds flushed{0};  ///< time for the flush before the hold
	std::chrono::microseconds held{0};     ///< how long writers were held
	std::vector<std::string> leftOut{};    ///< nested subvolumes and mounts, for the log
};

/// SnapshotProvider::begin(); a few times where what lies in the volumes changes meanwhile.
Result<std::unique_ptr<SnapshotBatch>> beginBatch(SnapshotProvider &provider,
                                                  std::span<const SnapshotRequest> requests);

/// Makes all snapshots of a set at one instant, or none: on an error nothing is
/// left that could be removed. Tries a few times where what lies in the volumes changes
/// meanwhile.
/// batch: begun for these requests, or null.
/// Errors: InsufficientStorage, CommitTimeout where the writers could not be
/// held, and what the provider says.
Result<Instant> takeInstant(SnapshotProvider &provider, WriteGate &gate,
                            std::span<const SnapshotRequest> requests,
                            std::shared_ptr<SnapshotBatch> batch, const InstantOptions &options);

} // namespace fss
