// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"

#include <functional>

namespace fss {

/// Looks below one directory of a volume; returns what is left out there.
using LookBelow =
        std::function<Result<std::string>(const std::string &relativePath, NestedPolicy policy)>;

/// SnapshotProvider::lookBelow() by a look below each exposed path.
Result<std::string> lookBelowEach(const SnapshotRequest &request, const LookBelow &look);

} // namespace fss
