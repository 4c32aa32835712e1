// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <string>

namespace fss {

/// The path that a hook answered with, absolute, from a line of JSON:
///
///     {"ok":true,"path":"/a/path"}
///     {"ok":false,"step":"make a snapshot","status":"NT_STATUS_ACCESS_DENIED",
///      "errno":13,"unsupported":false}
///
/// Texts are escaped like paths (base/PathText.h). Anything else is refused:
/// members that are missing, of another type or too many, relative paths.
/// Errors: what the hook says; NotSupported where the share has no such hook;
/// EBADMSG for what is no answer.
Result<std::string> hookAnswer(const std::string &line);

/// Whether the line is an answer at all, good or bad.
bool isHookAnswer(const std::string &line);

} // namespace fss
