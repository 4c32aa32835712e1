// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace fss {

/// Whether the modules of a share are in an order in which fss can do its work.
/// Modules stand before fss in "vfs objects" when they are above it: they see a
/// request first, and fss sees of it what they pass on.
///
/// objects: the share's "vfs objects", each a module's name or path, and perhaps a
/// parameter behind a colon.
/// Returns "" where they are; else a sentence with an order that is.
std::string misplacedModules(const std::vector<std::string> &objects);

/// The same modules, and fss on top where it is not among them, in an order that is.
std::vector<std::string> orderedModules(std::vector<std::string> objects);

} // namespace fss
