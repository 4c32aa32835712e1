// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <string>
#include <vector>

namespace fss {

/// Where the kernel says what it swaps to.
constexpr const char *swapTable = "/proc/swaps";

/// The paths of the active swap files, without devices.
/// table: in the form of /proc/swaps; a kernel without swapping has none.
/// Errors: Fail where it cannot be read.
Result<std::vector<std::string>> swapFiles(const std::string &table = swapTable);

} // namespace fss
