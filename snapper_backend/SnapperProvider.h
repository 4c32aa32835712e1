// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "snapper_backend/SnapperService.h"
#include "snapper_backend/SnapperStore.h"

#include <map>
#include <mutex>
#include <optional>

namespace fss {

/// Snapshots that snapper makes and keeps, of btrfs subvolumes that it has a
/// configuration for. An administrator sees them with snapper list, and may
/// delete them there.
class SnapperProvider : public SnapshotProvider {
public:
	/// swaps: in the form of /proc/swaps.
	explicit SnapperProvider(std::unique_ptr<snapper::Service> service,
	                         std::string swaps = swapTable)
	        : service_(std::move(service)), swaps_(std::move(swaps))
	{
	}

	/// Errors: NotSupported; without an errno where snapper has no
	/// configuration for the volume.
	Result<Location> inspect(const std::string &path, const InspectOptions &options) override;
	Result<void> checkRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<void> awaitRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<std::string> lookBelow(const SnapshotRequest &request) override;
	Result<std::unique_ptr<SnapshotBatch>>
	begin(std::span<const SnapshotRequest> requests) override;
	Result<Adoption> adopt(const ForeignSnapshot &snapshot) override;
	Result<void> seal(const SnapshotRef &snapshot) override;
	/// Never touches a snapshot that does not carry the shadow copy's id.
	Result<void> destroy(std::span<const SnapshotRef> snapshots) override;
	Result<SnapshotPresence> presence(const SnapshotRef &snapshot) override;
	bool mayHaveLost() override;
	std::string exposedPath(const SnapshotRef &snapshot,
	                        const std::string &relativePath) const override;

private:
	struct Listing {
		std::string config;
		std::vector<snapper::Snapshot> snapshots;
	};

	Result<void> checkAnswers() const;
	void noteAnswer(bool came);
	Result<std::string> configOf(snapper::Session &session, const Volume &volume,
	                             snapper::Timeout timeout) const;
	Result<std::shared_ptr<snapper::Session>> sessionFor(const CopyId &id);
	/// Nothing where snapper is not here, or has no configuration any more.
	Result<std::optional<Listing>> list(const CopyId &id, const Volume &volume);
	Result<void> destroyOne(const SnapshotRef &snapshot, std::vector<Fd> &directories);
	Result<void> destroyInVolume(const SnapshotRef &snapshot, std::vector<Fd> &directories);
	static Result<SnapshotPresence> presenceInVolume(const SnapshotRef &snapshot);
	Result<void> tryToRemoveFrom(const snapper::SnapperStore &store,
	                             const SnapshotRef &snapshot);
	Result<void> removeFrom(const snapper::SnapperStore &store, const SnapshotRef &snapshot);
	Result<void> removeListed(const snapper::SnapperStore &store, const SnapshotRef &snapshot,
	                          const Listing &listing);
	static Result<void> removeRemains(const snapper::SnapperStore &store, const CopyId &id);

	void watch(const Volume &volume);

	std::unique_ptr<snapper::Service> service_;
	std::string swaps_;
	BtrfsProvider btrfs_;

	mutable std::mutex mutex_;
	/// Conversations in which a snapshot was asked for that may come still.
	std::map<std::string, std::shared_ptr<snapper::Session>> unanswered_;
	/// Snapperd is not asked before, because it did not answer.
	std::chrono::steady_clock::time_point silentUntil_{};
	/// When the stores of volumes with shadow copies changed last: snapper
	/// removes a directory there with each snapshot.
	std::map<std::string, std::string> watched_;
};

} // namespace fss
