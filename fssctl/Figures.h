// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Output.h"
#include "fssctl/Survey.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fssctl {

/// The states of SetView::state(), in their order.
inline constexpr std::array<std::string_view, 7> setStates{
        "started",   "added",   "creation-in-progress", "committed", "exposed",
        "recovered", "removing"};

/// What "stats" shows: what is there now, and what was counted.
struct Figures {
	std::map<std::string, uint64_t, std::less<>> sets; ///< by state
	uint64_t snapshots = 0;
	uint64_t exposedShares = 0;
	std::optional<uint64_t> exclusiveBytes; ///< of snapshots on volumes with quota groups
	std::optional<uint64_t> referencedBytes;
	fss::Counters counters;
};

/// Without the bytes, which need a look at the snapshots.
Figures figuresOf(const Survey &survey);

Json figuresJson(const Figures &figures);
/// The text format of Prometheus, as node_exporter's textfile collector reads it.
std::string prometheusText(const Figures &figures);
std::string figuresText(const Figures &figures);

} // namespace fssctl
