// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Guid.h"
#include "provider/Volume.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace fss {

/// Where a share lies, as a provider sees it.
struct Location {
	Volume volume;
	std::string relativePath; ///< of the share below the volume's root
	std::string leftOut;      ///< nested subvolume or mount that is ignored, for the log
	std::string passedOver{}; ///< why a provider that comes first could not do it, for the log
};

struct InspectOptions {
	std::string store; ///< directory for snapshots instead of the default, or ""
	NestedPolicy nested = NestedPolicy::Refuse;
	ProviderChoice provider = ProviderChoice::Auto;
	std::string share{}; ///< the service whose directory it is
};

/// One snapshot to make.
struct SnapshotRequest {
	SetId set; ///< that it is made for
	CopyId id;
	Volume volume;
	int64_t created = 0;   ///< FILETIME
	bool writable = false; ///< until seal()
	NestedPolicy nested = NestedPolicy::Refuse;
	MinimumFree minimumFree{0, 0};
	/// Directories below the volume's root that will be exposed; each must be
	/// a real directory in the snapshot.
	std::vector<std::string> exposedPaths;
	/// Those of them below which nothing may be missing in the snapshot; of the
	/// others a subvolume or mount may be left out.
	std::vector<std::string> completePaths{};
};

struct SnapshotResult {
	std::string uuid;
	std::string fileSystem;   ///< whose number `transaction` is
	uint64_t transaction = 0; ///< equal in one file system: one instant
	std::string path{};       ///< absolute, where it is the provider that chose it
	/// FILETIME: the request's, or a little later, so that no two snapshots of
	/// one volume are of the same second; 0: the request's.
	int64_t created = 0;
};

/// A snapshot that was made, or may have been, for this id.
struct SnapshotRef {
	CopyId id;
	Volume volume;
	std::string uuid;   ///< "" where it is not known
	std::string path{}; ///< absolute, below the volume's root; "": at its place in the store
};

/// A snapshot that Samba's own agent made, by the paths that it keeps.
struct ForeignSnapshot {
	std::string volume; ///< the directory that was snapshotted
	std::string path;   ///< the snapshot, or the share's directory in it
};

/// What a snapshot is that is taken over.
struct Adoption {
	Volume volume;
	std::string path;         ///< for SnapshotRef and ShadowCopy
	std::string relativePath; ///< of the share below the volume's root
	std::string uuid;         ///< "" where the snapshot is gone
	uint64_t transaction = 0;
};

enum class SnapshotPresence { Absent, Present };

/// Snapshots that are about to be made, all at one instant. Everything that can
/// be done ahead has been done when one exists: what is left is to flush, as
/// often as it helps, and to arm, fire and finish, once each.
class SnapshotBatch {
public:
	virtual ~SnapshotBatch() = default;

	/// The volumes whose writers could change what the snapshots show: those
	/// that are snapshotted and those whose shares reach into them.
	virtual std::vector<VolumeId> writtenThrough() const = 0;

	/// Writes out what is dirty, on all file systems at once.
	virtual Result<void> flush() = 0;

	/// The last that can be done ahead, right before writers are held.
	virtual Result<void> arm() = 0;

	/// Makes the snapshots, all at once, and nothing else.
	virtual Result<void> fire() = 0;

	/// Checks and completes them. Results are in the order of requests.
	/// Errors: of errno EAGAIN, here and before, where what lies in the volumes has
	/// changed meanwhile: a new batch may succeed.
	virtual Result<std::vector<SnapshotResult>> finish() = 0;
};

/// Makes and destroys snapshots of volumes. Calls may come from several
/// threads at once and act as root. Every call can be repeated after a crash
/// at any point of an earlier one.
class SnapshotProvider {
public:
	virtual ~SnapshotProvider() = default;

	/// Finds the volume of a share's directory, and whether a snapshot of it
	/// could be made. Changes nothing.
	/// Errors: NotSupported, with what to change.
	virtual Result<Location> inspect(const std::string &path,
	                                 const InspectOptions &options) = 0;

	/// Whether the volume has room for a shadow copy, or may have it as soon as
	/// deleted snapshots have given theirs back.
	/// Errors: InsufficientStorage.
	virtual Result<void> checkRoom(const Volume &volume, const MinimumFree &minimum) = 0;

	/// As checkRoom(); but waits, within limits, until that room is there. Not
	/// for the agent's thread.
	virtual Result<void> awaitRoom(const Volume &volume, const MinimumFree &minimum)
	{
		return checkRoom(volume, minimum);
	}

	/// Whether what lies below the request's paths allows a snapshot, as inspect()
	/// has found earlier: asked before the snapshots are made, and once they are.
	/// Changes nothing. Returns what is left out, for the log, or "".
	/// Errors: NotSupported, with what to change.
	virtual Result<std::string> lookBelow(const SnapshotRequest &request) = 0;

	/// Does ahead whatever makes the snapshots quick: makes directories, opens
	/// what is needed. What it made goes with destroy().
	virtual Result<std::unique_ptr<SnapshotBatch>>
	begin(std::span<const SnapshotRequest> requests) = 0;

	/// Examines a snapshot that is to be taken over. Changes nothing.
	/// Errors: NotSupported where it is none that this provider could destroy.
	virtual Result<Adoption> adopt(const ForeignSnapshot &snapshot) = 0;

	/// Makes a writable snapshot read-only for good; done already is success.
	virtual Result<void> seal(const SnapshotRef &snapshot) = 0;

	/// Destroys the snapshot, if it is there, and what begin() made for it,
	/// and returns when a crash cannot bring it back. Never touches a snapshot
	/// of another uuid; one with a path only where the uuid is known.
	virtual Result<void> destroy(std::span<const SnapshotRef> snapshots) = 0;

	/// Whether the snapshot is there. An error where that cannot be told, for
	/// instance because its file system is not mounted.
	virtual Result<SnapshotPresence> presence(const SnapshotRef &snapshot) = 0;

	/// Whether snapshots that it has been asked about may have gone since the
	/// last call, by another's hand. Quick, and on the agent's thread.
	virtual bool mayHaveLost() { return false; }

	/// Removes what it keeps of shadow copies that are on no record any more, and whose
	/// snapshots were left where they are. Quick, and on the agent's thread.
	/// copies: the ids of those on record, as text. Asked after it has listed what it
	/// keeps: what is begun meanwhile is on record before it is kept.
	virtual Result<void>
	prune(const std::function<Result<std::set<std::string>>()> & /* copies */)
	{
		return {};
	}

	/// The directory to expose for a path below the snapshotted volume.
	virtual std::string exposedPath(const SnapshotRef &snapshot,
	                                const std::string &relativePath) const = 0;
};

} // namespace fss
