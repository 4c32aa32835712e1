// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fss {

/// The members of a "vfs objects" value, as they are written there.
std::vector<std::string> moduleList(std::string_view vfsObjects);

/// The name of a member's module: of "fss:parameter" or "/a/b/fss.so" it is "fss".
std::string moduleName(std::string_view member);

/// Whether a "vfs objects" value names the module.
bool usesModule(std::string_view vfsObjects, std::string_view module);

/// The value again; members with white space are quoted.
std::string joinedModules(const std::vector<std::string> &members);

} // namespace fss
