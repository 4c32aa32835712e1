// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"

#include <nlohmann/json.hpp>

namespace fss::requester {

/// A set as the catalog, the metadata file and --json have it.
nlohmann::json toJson(const ShadowSet &set);
nlohmann::json toJson(const ShadowCopy &copy);
nlohmann::json toJson(const Failure &failure);

/// Reads what toJson() wrote; what is missing or of another type fails.
Result<ShadowSet> shadowSetOf(const nlohmann::json &json);

/// FILETIME as "2026-01-31T12:00:00Z"; empty for 0.
std::string isoTime(int64_t fileTime);

} // namespace fss::requester
