// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "testing/Faults.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace fss {

/// A file system in memory: a path's first component is its volume, so that
/// /vol1/a and /vol1/b are two directories of one.
class FakeProvider : public SnapshotProvider, public Faulty {
public:
	struct Snapshot {
		Volume volume;
		std::string uuid;
		uint64_t transaction = 0;
		bool writable = false;
		NestedPolicy nested = NestedPolicy::Refuse;
		std::vector<std::string> exposedPaths;
	};

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
	bool mayHaveLost() override { return std::exchange(lost, false); }
	Result<void> prune(const std::function<Result<std::set<std::string>>()> &copies) override;
	std::string exposedPath(const SnapshotRef &snapshot,
	                        const std::string &relativePath) const override;

	/// The snapshot of a shadow copy; null where there is none.
	const Snapshot *find(const CopyId &id) const;

	std::string name = "fake";                 ///< the first part of its volumes' ids
	std::map<std::string, Snapshot> snapshots; ///< by shadow copy id, or path
	std::set<std::string> prepared;            ///< shadow copy ids with a directory
	std::set<std::string> unsupported;         ///< paths
	std::set<VolumeId> full;                   ///< volumes without room
	std::map<VolumeId, bool> clearing;         ///< of them; whether it will be enough
	std::set<std::string> withNested;          ///< paths with a subvolume below
	std::optional<Error> trouble;              ///< of every inspect()
	std::set<std::string> remembered;          ///< ids that prune() looks at
	bool lost = false;                         ///< what mayHaveLost() says next
	size_t inspected = 0;

	std::optional<Error> beginFailure, flushFailure, fireFailure, sealFailure, destroyFailure,
	        presenceFailure;

	/// How many of the next begin(), and lookBelow(), find that what lies in the volumes
	/// changes meanwhile.
	int changing = 0, whileLooking = 0;
	/// How many of the next sets have their snapshots in a transaction each.
	int scattered = 0;
	int64_t laterCreated = 0; ///< than requested, FILETIME
	size_t begun = 0;         ///< batches
	size_t flushes = 0;       ///< of batches

private:
	class Batch;
	uint64_t made_ = 0;
};

} // namespace fss
