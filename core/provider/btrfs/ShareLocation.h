// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "provider/SnapshotProvider.h"

#include <string>

/// Where a share's directory lies on btrfs.
namespace fss::btrfs {

struct LocatedShare {
	Location location;
	Fd root;          ///< the volume's
	std::string path; ///< of the directory, as the kernel knows it
};

/// The subvolume that holds a directory.
/// store: directory for its snapshots instead of the default, or "".
/// Errors: NotSupported, with what to change.
Result<LocatedShare> locateShare(const std::string &path, const std::string &store = {});

/// What lies below a share and would be a hole in its shadow copy: refused, or
/// returned where it is to be left out.
/// root: the volume's open root; relativePath: the share's path below it.
/// Errors: NotSupported, with what to change.
Result<std::string> checkNested(int root, const Volume &volume, const std::string &relativePath,
                                NestedPolicy policy);

} // namespace fss::btrfs
