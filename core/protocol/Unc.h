// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <span>
#include <string>

namespace fss {

/// A share name as a client gives it: \\host\share, \\host\share\ or with a
/// path behind, which names the same share. A string only: the host is never
/// resolved, let alone connected to.
struct Unc {
	std::string given; ///< the client's own spelling, UTF-8
	std::string host;
	std::string share;
	bool trailingBackslash = false; ///< nothing but a backslash behind the share

	/// Reads what came over the wire: UTF-16 units in host byte order, with or
	/// without the final NUL. Anything that is no UNC (malformed UTF-16, an
	/// embedded NUL or control character, missing parts, "." and ".."
	/// components, over 32767 units) is InvalidArg.
	static Result<Unc> parse(std::span<const char16_t> units);
	/// The same for UTF-8.
	static Result<Unc> parse(std::string_view text);
};

/// UTF-16 to UTF-8. Nothing where a surrogate stands alone.
std::optional<std::string> toUtf8(std::span<const char16_t> units);

} // namespace fss
