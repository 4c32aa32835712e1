// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "base/Guid.h"

#include <cstdint>
#include <optional>
#include <string>

namespace fss {

/// The directory that holds the snapshots of one volume:
/// STORE/SHADOW-COPY-ID/snapshot. Root's, closed to everybody else, and never
/// reached through a link.
///
/// The default store, ".fss" in the volume's root, is a subvolume of its own,
/// so that snapshots of the volume do not carry its content, and exists only
/// while it holds something; in a snapshot of the volume there is a stub in its
/// place, which goes when that becomes a volume. A configured store is the
/// administrator's directory: it is left standing, with the mode that it has, and
/// what is made in it is closed.
class SnapshotStore {
public:
	static constexpr const char *defaultName = ".fss";
	static constexpr const char *snapshotName = "snapshot";

	/// path: absolute; its parent must exist.
	explicit SnapshotStore(std::string path);

	/// Whether the store could be made, or is sound where it exists.
	/// fsid: of the volume's file system, which must be the store's.
	/// Errors: NotSupported, with what to change.
	Result<void> check(const std::string &fsid) const;

	/// The store, verified; no descriptor where the default one is not there.
	/// One that an earlier version left open to users is closed.
	/// Errors: NotSupported, with what to change.
	Result<Fd> open(const std::string &fsid) const;

	/// A directory for one shadow copy, made with the store where need be.
	/// Errors: as of check(), and what the file system says.
	Result<Fd> makeCopyDirectory(const CopyId &id, const std::string &fsid) const;
	/// That directory; no descriptor where it, or the store, is not there.
	Result<Fd> openCopyDirectory(const CopyId &id, const std::string &fsid) const;
	/// Takes the empty directory away, and the default store when it is empty.
	Result<void> removeCopyDirectory(const CopyId &id, const std::string &fsid) const;

	std::string snapshotPath(const CopyId &id) const;
	/// The shadow copy whose snapshotPath() a path is, if it is one.
	std::optional<CopyId> idAt(const std::string &path) const;
	const std::string &path() const { return path_; }

private:
	Result<void> make() const;
	/// Whether the default store could be made.
	Result<void> checkParent() const;

	std::string path_;
	std::string parent_;
	std::string name_;
	bool isDefault_;
};

/// A place that a store gives to a snapshot: STORE/SHADOW-COPY-ID/snapshot.
struct StorePlace {
	std::string store;
	CopyId id;
	std::string below; ///< what follows the snapshot's root, without a leading slash
};

/// Where a path runs through such a place, wherever the store is.
std::optional<StorePlace> storePlaceOf(const std::string &path);

/// A place that snapper gives to a snapshot: VOLUME/.snapshots/NUMBER/snapshot.
struct SnapperPlace {
	std::string volume;
	uint32_t number = 0;
	std::string below; ///< what follows the snapshot's root, without a leading slash
};

/// Where a path runs through such a place.
std::optional<SnapperPlace> snapperPlaceOf(const std::string &path);

/// Whether a path runs through a snapshot store of the default name, or through
/// a snapshot of snapper's.
bool liesInStore(const std::string &path);

} // namespace fss
