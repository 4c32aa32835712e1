// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"
#include "base/Owner.h"
#include "protocol/Context.h"
#include "protocol/HResult.h"
#include "protocol/Status.h"
#include "provider/Volume.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fss {

/// MappedShare, MS-FSRVP 3.1.1.1: a share that a shadow copy maps.
struct ShareMapping {
	std::string unc;          ///< ShareName, the client's own spelling
	std::string share;        ///< the service it names
	std::string exposedName;  ///< ShadowCopyShareName, known from Add on
	std::string relativePath; ///< of the share below its volume, "" at the root
	bool exposed = false;     ///< IsExposed
	bool deleting = false;    ///< on its way out; clients no longer see it
};

/// ShadowCopy, MS-FSRVP 3.1.1.1: one snapshot of one volume.
struct ShadowCopy {
	CopyId id;
	Volume volume;
	int64_t created = 0;      ///< CreationTimeStamp, FILETIME
	int64_t taken = 0;        ///< when the snapshot was made, FILETIME
	std::string snapshotUuid; ///< known once the snapshot is made
	uint64_t transaction = 0; ///< the file system's transaction of the snapshot
	bool deleting = false;    ///< its last mapping is going, it goes too
	std::vector<ShareMapping> mappings;
	std::string path; ///< of the snapshot, absolute; "" at its place in the volume's store
};

/// What a worker is doing with a set right now. It stands in the store, so
/// that other workers can wait for it, and see when its worker died.
struct Job {
	enum class Kind { Prepare, Commit, Recovery, Undo, Delete };
	Kind kind = Kind::Commit;
	Owner owner;
};

/// ShadowCopySet, MS-FSRVP 3.1.1.1.
struct ShadowCopySet {
	SetId id;
	Status status = Status::Started;
	Context context;
	std::string client;         ///< address of the client that started it
	std::string account;        ///< and its account
	std::string bootId;         ///< of the boot in which it was started
	bool onDisk = false;        ///< its record survives a power failure: it may hold something
	bool undoing = false;       ///< being removed with all it holds; clients no longer see it
	bool singleInstant = false; ///< each file system's snapshots are of one transaction
	bool committed = false;     ///< CreationInProgress, but done: nobody waited any longer
	std::optional<Job> job;
	std::vector<ShadowCopy> copies;

	ShadowCopy *findCopy(const CopyId &copy);
	/// The live mapping of a share, compared as SMB compares names.
	static ShareMapping *findMapping(ShadowCopy &copy, std::string_view share);
	ShadowCopy *findVolume(const VolumeId &volume);
	size_t mappingCount() const;
	/// "share1, share2": for logs.
	std::string shareList() const;

	/// The names that its shares are, or will be, published under; only of those
	/// on their way out, or all.
	std::vector<std::string> exposedNames(bool deletingOnly) const;
	/// Marks a mapping as on its way out, and its shadow copy when that was the
	/// last.
	static void markDeleting(ShadowCopy &copy, ShareMapping &mapping);
	/// Drops what is marked so.
	void forgetDeleting();

	/// Still on its way, or something is to be finished: recovery looks at it.
	bool needsAttention() const { return undoing || job || status != Status::Recovered; }
	/// Counts as "in progress" for clients: MS-FSRVP 3.1.4.3 step 2.
	bool inProgress() const { return !undoing && status != Status::Recovered; }
	/// Its snapshots exist: MS-FSRVP 3.1.4.10 step 3.
	bool holdsSnapshots() const { return !undoing && status >= Status::Committed; }
	/// Stands against the limit of its volume: what is being removed does not.
	bool isCounted(const ShadowCopy &copy) const { return !undoing && !copy.deleting; }
};

} // namespace fss
