// SPDX-License-Identifier: GPL-3.0-or-later
// For targets that speak JSON.
#ifndef FSS_PRECOMPILED_JSON_H
#define FSS_PRECOMPILED_JSON_H

#include "common.h"

#include <nlohmann/json.hpp>

#endif
