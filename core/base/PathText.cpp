// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/PathText.h"

#include <charconv>
#include <fmt/format.h>

namespace fss {

std::string escapedPath(const std::string &path)
{
	std::string out;
	for (const unsigned char c : path)
		out += c < 0x80 && c != '%' ? std::string(1, static_cast<char>(c))
		                            : fmt::format("%{:02X}", c);
	return out;
}

std::optional<std::string> unescapedPath(const std::string &text)
{
	std::string out;
	for (size_t at = 0; at < text.size(); at++) {
		if (text[at] != '%') {
			out += text[at];
			continue;
		}
		unsigned char c = 0;
		const auto digits = text.substr(at + 1, 2);
		const auto end = digits.data() + digits.size();
		const auto [stop, error] = std::from_chars(digits.data(), end, c, 16);
		if (digits.size() != 2 || error != std::errc() || stop != end)
			return std::nullopt;
		out += static_cast<char>(c);
		at += 2;
	}
	return out;
}

} // namespace fss
