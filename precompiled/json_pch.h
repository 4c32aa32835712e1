// SPDX-License-Identifier: GPL-3.0-or-later
// For targets that speak JSON.
#ifndef FSS_JSON_PCH_H
#define FSS_JSON_PCH_H

#include "common_pch.h"

#include <nlohmann/json.hpp>

#endif
