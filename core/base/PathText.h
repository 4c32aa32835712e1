// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace fss {

/// A path as text that JSON can hold: a path has any bytes but JSON only UTF-8,
/// so what is not plain ASCII, and "%", becomes %XX.
std::string escapedPath(const std::string &path);

/// The path again; nothing where the text is malformed.
std::optional<std::string> unescapedPath(const std::string &text);

} // namespace fss
