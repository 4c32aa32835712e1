// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Text as snapper sends it over D-Bus, which carries UTF-8 only (snapper's
/// dbus-protocol.txt, "Encoding and Escaping"): a backslash is "\\", and any
/// byte may be, and one that is not ASCII has to be, "\xHH".
namespace fss::snapper {

std::string encode(std::string_view bytes);

/// Nothing where it is not text of this form, or holds a NUL byte, which no name
/// or path can.
std::optional<std::string> decode(std::string_view text);

} // namespace fss::snapper
