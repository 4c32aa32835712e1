// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "snapper_backend/SnapperStore.h"

#include <cstdint>
#include <optional>

/// The time under which a snapshot of snapper's is listed among the earlier
/// versions of a share: its date, unless another has that already, or a shadow
/// copy's client was told another. Then it stands in an attribute of the number's
/// directory, and goes with it.
namespace fss::snapper {

/// directory: the number's, open.
std::optional<int64_t> notedTime(int directory);

/// What is noted already stays. Errors: EEXIST then.
Result<void> noteTime(int directory, int64_t seconds);

/// Gives a shadow copy that was just made a time that no other snapshot there
/// has: `created`, or the next free second. Done already it stays.
/// created: FILETIME. Returns the FILETIME that it came to be.
Result<int64_t> reserveTime(const SnapperStore &store, const Entry &entry, int64_t created);

} // namespace fss::snapper
