// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Machine.h"

#include <optional>
#include <string>
#include <vector>

namespace fss::doctor {

/// Where a writable btrfs file system is mounted: the one that holds one of these
/// paths before others, and then the one with the shortest path.
std::optional<std::string> btrfsMount(const Machine &machine,
                                      const std::vector<std::string> &preferred);

} // namespace fss::doctor
