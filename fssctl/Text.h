// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fssctl {

/// "90s", "15m", "36h", "7d", "2w", and sums of these ("1d12h"); a number alone
/// is seconds. Nothing for anything else, and where it does not fit.
std::optional<std::chrono::seconds> parseDuration(std::string_view text);

/// The two largest units: "3d4h", "12m5s", "0s".
std::string durationText(std::chrono::seconds time);

/// Binary units, three digits: "0 B", "1.50 KiB", "20.3 MiB".
std::string sizeText(uint64_t bytes);

/// Seconds since 1970 as "2026-11-26T02:30:00Z".
std::string timeText(int64_t seconds);

/// How many columns UTF-8 text takes on a terminal, by characters.
size_t columnsOf(std::string_view text);

/// At most so many columns of it; "…" stands for what was cut off.
std::string shortened(std::string_view text, size_t columns);

} // namespace fssctl
