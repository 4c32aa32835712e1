// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Machine.h"

#include <optional>
#include <string>

namespace fss::doctor {

/// Where a writable btrfs file system is mounted, and not one of a snapshot
/// store; the shortest path of all.
std::optional<std::string> btrfsMount(const Machine &machine);

} // namespace fss::doctor
