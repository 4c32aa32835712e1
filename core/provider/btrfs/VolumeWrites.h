// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <map>
#include <string>

namespace fss::btrfs {

/// Writes out what is dirty, on all file systems at once.
/// fileSystems: an open directory of each, by its id.
Result<void> flushAll(const std::map<std::string, int> &fileSystems);

} // namespace fss::btrfs
