// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "snapper_backend/SnapperService.h"

#include <tuple>

/// Snapperd's answers, checked. One that is wrong anywhere is wrong as a whole.
namespace fss::snapper {

/// As it is on the wire, (ssa{ss}): name, subvolume, settings.
using WireConfig = std::tuple<std::string, std::string, UserData>;

/// As it is on the wire, (uquxussa{ss}): number, type, number of the snapshot
/// before, date, uid, description, cleanup algorithm, user data.
using WireSnapshot = std::tuple<uint32_t, uint16_t, uint32_t, int64_t, uint32_t, std::string,
                                std::string, UserData>;

/// Errors: EBADMSG.
Result<std::vector<Config>> readConfigs(const std::vector<WireConfig> &reply);

/// Without number 0, which is the volume itself. Errors: EBADMSG.
Result<std::vector<Snapshot>> readSnapshots(const std::vector<WireSnapshot> &reply);

} // namespace fss::snapper
