// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace fss::doctor {

/// Loads a VFS module as smbd does, without starting it. Returns why that cannot
/// be, "" where it can.
std::string loadModule(const std::string &path);

} // namespace fss::doctor
