// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "provider/Volume.h"

#include <string>

namespace fss::btrfs {

/// Whether a snapshot of the volume, with or without the subvolumes below it, is possible
/// as far as active swap files go: btrfs makes none of a subvolume that holds one.
/// table: /proc/swaps, or one in its form.
/// Errors: NotSupported, ETXTBSY, with the file and what to do.
Result<void> checkSwapFiles(const std::string &table, const Volume &volume, NestedPolicy nested);

} // namespace fss::btrfs
