// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Finding.h"

#include <nlohmann/json.hpp>

namespace fss::doctor {

/// All findings as docs/doctor.md describes them.
nlohmann::ordered_json asJson(const Findings &findings);

/// "3 error(s), 1 warning(s) in 31 checks".
std::string summary(const Findings &findings);

} // namespace fss::doctor
