// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/Versions.h"

#include <vector>

namespace fss {

/// Earlier versions in a volume's snapshots that snapper manages, whoever had
/// them made, beside those of the agent's own store. Snapperd is not asked: what
/// is in .snapshots and complete and read-only is a version, by the date of its
/// info.xml (SnapshotTime.h). A shadow copy is one once it has its time.
///
/// Of several of one second each gets the next free second for good, in the
/// order of their numbers, and after those of the agent's store.
class SnapperVersions : public VersionSource {
public:
	/// own: of the agent's store, for the same directory.
	SnapperVersions(Location share, std::unique_ptr<VersionSource> own)
	        : share_(std::move(share)), own_(std::move(own))
	{
	}

	Result<std::vector<Version>> list() const override;
	Result<Fd> open(const Version &version) const override;

private:
	Location share_; ///< as BtrfsProvider::place() has it
	std::unique_ptr<VersionSource> own_;
};

} // namespace fss
