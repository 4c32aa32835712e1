// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace fss {

/// ShadowCopySet.Status, MS-FSRVP 3.1.1.1. A set goes down this list.
enum class Status { Started, Added, CreationInProgress, Committed, Exposed, Recovered };

/// The protocol's word, as stored and logged.
std::string_view name(Status status);
std::optional<Status> parseStatus(std::string_view text);

} // namespace fss
