// SPDX-License-Identifier: GPL-3.0-or-later
// What most sources of a target include, parsed once for all of them. Sources include
// what they use nevertheless: without precompiled headers (-Db_pch=false) all compiles, too.
#ifndef FSS_COMMON_PCH_H
#define FSS_COMMON_PCH_H

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#endif
