// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/Volume.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fss::btrfs {

/// "btrfs:FSID:SUBVOLUME-ID" of the volume whose root is open as fd.
Result<VolumeId> volumeIdOf(int fd);

/// "btrfs:FSID:SUBVOLUME-ID".
VolumeId volumeIdText(const std::string &fsid, uint64_t subvolume);

/// The subvolume that holds an open file or directory, and those that it lies in: it is
/// written through the shares of all of these.
Result<std::vector<VolumeId>> volumesAround(int fd, const std::string &fsid);

/// The file system id inside a volume id.
std::string fsidOf(const VolumeId &id);

/// Opens a volume's root and makes sure that it still is that volume: another
/// file system may have been mounted there since.
Result<Fd> openVolume(const Volume &volume);

} // namespace fss::btrfs
