// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

/// Text between the terminal's charset, that of the locale, and UTF-8, which the
/// programs work with. Names and messages are text. Paths of local files are bytes,
/// and are left as they were typed; in a message they stay what they are where they
/// are no UTF-8.
namespace fss::cli {

/// The charset of the environment's locale (LC_ALL, LC_CTYPE, LANG); "UTF-8" where it
/// is that, or plain ASCII.
std::string localeCharset();

/// What was typed. What the charset does not have stays as it is.
std::string fromLocale(std::string_view typed, const std::string &charset = localeCharset());

/// What is to be read. A character that the charset does not have becomes a similar
/// one, or a question mark.
std::string toLocale(std::string_view text, const std::string &charset = localeCharset());

} // namespace fss::cli
