// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/btrfs/Nested.h"

#include <vector>

namespace fss::btrfs {

/// Several snapshots made at one instant. open() does all that can be done
/// ahead; fire() then does nothing but the snapshot calls, all at once, each
/// into a directory of its own, which lets btrfs join them into one
/// transaction; finish() checks and completes.
class SnapshotBatch {
public:
	/// Names of directories beside the snapshot while nested subvolumes are
	/// not in their place yet.
	static constexpr const char *nestedPrefix = "nested-";

	Result<void> open(std::span<const SnapshotRequest> requests);
	/// Flushes each file system once, all in parallel.
	Result<void> flush() const;
	Result<void> fire();
	Result<std::vector<SnapshotResult>> finish();

private:
	/// One snapshot call.
	struct Shot {
		size_t request = 0;
		Fd source;
		Fd directory;             ///< of its own, to hold the snapshot
		std::string relativePath; ///< of a nested subvolume; "" for the volume
		bool writable = false;
		int errnum = 0;
	};

	Result<void> openRequest(size_t index);
	Result<void> assembleNested(size_t index);
	Result<SnapshotResult> describe(size_t index) const;
	const Shot &volumeShot(size_t index) const;

	std::vector<SnapshotRequest> requests_;
	std::vector<Shot> shots_;
};

} // namespace fss::btrfs
