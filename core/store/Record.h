// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/Counters.h"
#include "model/ServerState.h"
#include "model/ShadowCopySet.h"

#include <optional>
#include <string>
#include <string_view>

/// What stands in the store. A record is one line "FSS1 CRC32 LENGTH" (or
/// FSS2, where a shadow copy has a path) and a JSON text, so that `tdbdump`
/// shows it and a damaged byte is noticed. Decoding gives nothing for bytes
/// that are damaged, foreign or of a later format.
namespace fss::record {

std::string encode(const ShadowCopySet &set);
std::string encode(const ServerState &state);
std::string encode(const VolumeUse &use);
std::string encode(const Counters &counters);
std::string encode(const LastVolume &last);

std::optional<ShadowCopySet> decodeSet(std::string_view bytes);
std::optional<ServerState> decodeState(std::string_view bytes);
std::optional<VolumeUse> decodeVolumeUse(std::string_view bytes);
std::optional<Counters> decodeCounters(std::string_view bytes);
std::optional<LastVolume> decodeLastVolume(std::string_view bytes);

} // namespace fss::record
