// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "provider/Volume.h"

#include <string>
#include <vector>

namespace fss {

/// The id of the volume that holds a directory, as providers name it: for
/// btrfs the subvolume, otherwise the file system. "" where the directory lies
/// in a snapshot store.
/// Errors: NotSupported where it cannot be told.
Result<VolumeId> volumeOfPath(const std::string &path);

/// The volumes whose writers can change what lies below a directory: its own,
/// and those around it.
Result<std::vector<VolumeId>> volumesWritingTo(const std::string &path);

} // namespace fss
