// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The standard output of a command: what could not be written is never taken
/// for written, be it for a full disk, a closed descriptor or a reader that went.
namespace fss::cli {

/// To be called first of all: gives each standard descriptor that the process
/// was started without a file that fails where it is used, so that no other file
/// gets its number and is written into. From here on a reader that goes ends no
/// work half done; see endOutput().
void openStandardFiles();

/// Writes text to standard output at once.
void print(std::string_view text);

/// Takes note of what was written by other means (std::cout).
void flushOutput();

/// Whether something could not be written; endless work may end then.
bool outputFailed();

/// To be called last: writes out what is left and closes standard output.
/// Returns what went wrong, to be said on stderr; nothing where all is written.
/// Where the reader has gone the process ends here as by SIGPIPE, unless that
/// was ignored from the start.
std::optional<std::string> endOutput();

} // namespace fss::cli
