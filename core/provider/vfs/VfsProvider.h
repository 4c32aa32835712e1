// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/vfs/HookProcess.h"
#include "provider/vfs/HookRecord.h"

#include <chrono>

namespace fss {

/// How long is waited for hooks.
struct HookLimits {
	std::chrono::milliseconds check{10'000};  ///< then the process is ended
	std::chrono::milliseconds ready{30'000};  ///< until a hook can be called
	std::chrono::milliseconds hook{120'000};  ///< to make or delete; it goes on
	std::chrono::milliseconds atWork{30'000}; ///< for one that went on
};

/// Snapshots by the share's own VFS modules: vfs_btrfs, vfs_snapper,
/// vfs_shell_snap, or any other that implements Samba's SNAP_* operations. A
/// module decides where its snapshots are, and they are known by their path.
///
/// Whether such a snapshot can be made read-only depends on its file system; on
/// btrfs it is, elsewhere its share is.
class VfsProvider : public SnapshotProvider {
public:
	explicit VfsProvider(HookProgram program, const HookLimits &limits = {})
	        : program_(std::move(program)), limits_(limits)
	{
	}

	/// Starts a process, and waits for it.
	Result<Location> inspect(const std::string &path, const InspectOptions &options) override;
	Result<void> checkRoom(const Volume &volume, const MinimumFree &minimum) override;
	Result<std::string> lookBelow(const SnapshotRequest &request) override;
	Result<std::unique_ptr<SnapshotBatch>>
	begin(std::span<const SnapshotRequest> requests) override;
	Result<Adoption> adopt(const ForeignSnapshot &snapshot) override;
	Result<void> seal(const SnapshotRef &snapshot) override;
	/// Where a hook was cut short, nobody can tell whether there is a snapshot,
	/// and where. That fails once, so that it is told, and then counts as done.
	Result<void> destroy(std::span<const SnapshotRef> snapshots) override;
	Result<SnapshotPresence> presence(const SnapshotRef &snapshot) override;
	Result<void> prune(const std::function<Result<std::set<std::string>>()> &copies) override;
	std::string exposedPath(const SnapshotRef &snapshot,
	                        const std::string &relativePath) const override;

private:
	Result<std::string> check(const std::string &share, const std::string &path) const;
	Result<void> destroy(const SnapshotRef &snapshot) const;
	Result<void> remove(const Volume &volume, const std::string &path,
	                    const HookRecord &record) const;
	/// Of a snapshot whose place may stand in its record only; "": there is none.
	Result<std::string> placeOf(const SnapshotRef &snapshot) const;

	HookProgram program_;
	HookLimits limits_;
};

} // namespace fss
