// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/btrfs/Nested.h"

#include <atomic>
#include <semaphore>
#include <thread>
#include <vector>

namespace fss::btrfs {

/// Snapshots of btrfs subvolumes. Each goes into a directory of its own, which
/// lets btrfs join them into one transaction.
class BtrfsBatch : public SnapshotBatch {
public:
	/// Names of directories beside the snapshot while nested subvolumes are
	/// not in their place yet.
	static constexpr const char *nestedPrefix = "nested-";

	BtrfsBatch() = default;
	BtrfsBatch(const BtrfsBatch &) = delete;
	BtrfsBatch &operator=(const BtrfsBatch &) = delete;
	~BtrfsBatch() override;

	Result<void> open(std::span<const SnapshotRequest> requests);

	std::vector<VolumeId> writtenThrough() const override { return written_; }
	Result<void> flush() override;
	Result<void> arm() override;
	Result<void> fire() override;
	Result<std::vector<SnapshotResult>> finish() override;

private:
	/// One snapshot call.
	struct Shot {
		size_t request = 0;
		int source = -1;          ///< one of roots_ or nested_
		Fd directory;             ///< of its own, to hold the snapshot
		std::string relativePath; ///< of a nested subvolume; "" for the volume
		bool writable = false;
		int errnum = 0;
	};

	enum class Signal { Wait, Fire, Abandon };

	/// A thread's part: waits for the signal, and calls.
	void shoot(Shot &shot);
	/// Lets the threads go, and waits for them.
	void release(Signal signal);
	Result<void> openRequest(size_t index);
	Result<void> openNestedOf(size_t index, int volume, int directory);
	Result<void> noteWriters(const Shot &shot);
	Result<void> checkNested() const;
	void startCommits();
	Result<void> assembleNested(size_t index);
	Result<SnapshotResult> describe(size_t index) const;
	const Shot &volumeShot(size_t index) const;

	std::vector<SnapshotRequest> requests_;
	std::vector<int64_t> created_;                     ///< of each request
	std::vector<Fd> roots_;                            ///< of each request's volume
	std::vector<std::vector<NestedSubvolume>> nested_; ///< of each request
	std::vector<Shot> shots_;
	std::vector<VolumeId> written_;
	std::atomic<Signal> signal_ = Signal::Wait;
	std::counting_semaphore<> commits_{0};
	std::vector<std::jthread>
	        threads_; ///< one for each shot, once armed, and those that start commits
};

} // namespace fss::btrfs
