// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Copy.h"
#include "requester/copy/Manifest.h"

namespace fss::requester {

/// Reads what a copy has on the disk, and the same files on the share, and
/// compares both with the manifest. What differs is noted in the report, and
/// in the manifest, so that the next run copies it again.
Result<void> verifyCopy(const Connect &connect, const LocalTree &tree, Manifest &manifest,
                        const CopyOptions &options, const CopyWatch &watch,
                        const Cancellation &cancellation, CopyReport &report);

/// The checksum of a file here; Local when it cannot be read.
Result<Checksum> localChecksum(const LocalTree &tree, const std::string &localPath,
                               std::span<std::byte> buffer);

/// The checksum of a file of a share, of so many bytes.
Result<Checksum> remoteChecksum(RemoteTree &tree, const std::string &path, uint64_t size,
                                std::span<std::byte> buffer);

} // namespace fss::requester
