// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Guid.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fss::snapper {

/// What a snapshot's info.xml says of it.
struct SnapshotInfo {
	uint32_t number = 0;         ///< 0: none
	std::optional<int64_t> date; ///< seconds since 1970-01-01 UTC
	std::optional<CopyId> copy;  ///< the shadow copy that its user data names
};

/// Errors: EBADMSG where it is not XML, or not a snapshot's.
Result<SnapshotInfo> readInfo(std::string_view text);

} // namespace fss::snapper
