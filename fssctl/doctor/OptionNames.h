// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace fss::doctor {

/// An option's name as Samba compares it: it ignores case and blanks.
std::string comparable(std::string_view name);

/// The name of a known option that a misspelt one was meant to be; "": none is near.
std::string nearestOption(std::string_view name);

} // namespace fss::doctor
