// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Swaps.h"
#include "provider/SnapshotProvider.h"

#include <string>
#include <utility>

namespace fss {

/// Snapshots of btrfs subvolumes, by libbtrfsutil. The volume of a share is
/// the subvolume that holds its directory.
class BtrfsProvider : public SnapshotProvider {
public:
	/// swaps: in the form of /proc/swaps.
	explicit BtrfsProvider(std::string swaps = swapTable) : swaps_(std::move(swaps)) {}

	Result<Location> inspect(const std::string &path, const InspectOptions &options) override;
	Result<void> checkRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<void> awaitRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<std::string> lookBelow(const SnapshotRequest &request) override;
	Result<std::unique_ptr<SnapshotBatch>>
	begin(std::span<const SnapshotRequest> requests) override;
	Result<Adoption> adopt(const ForeignSnapshot &snapshot) override;
	Result<void> seal(const SnapshotRef &snapshot) override;
	Result<void> destroy(std::span<const SnapshotRef> snapshots) override;
	Result<SnapshotPresence> presence(const SnapshotRef &snapshot) override;
	std::string exposedPath(const SnapshotRef &snapshot,
	                        const std::string &relativePath) const override;

	/// The volume of a directory, whatever lies below it.
	/// store: as InspectOptions has it. Errors: NotSupported.
	static Result<Location> place(const std::string &path, const std::string &store);

private:
	std::string swaps_;
};

} // namespace fss
