// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/Versions.h"

namespace fss {

/// Earlier versions in the snapshots of a btrfs volume's store: those whose
/// directory has a time (CopyTime.h), and that are read-only. A snapshot
/// becomes so when it is complete and, with ATTR_AUTO_RECOVERY, recovered.
class BtrfsVersions : public VersionSource {
public:
	explicit BtrfsVersions(Location share) : share_(std::move(share)) {}

	Result<std::vector<Version>> list() const override;
	Result<Fd> open(const Version &version) const override;

private:
	Location share_;
};

} // namespace fss
