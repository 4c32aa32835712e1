// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/Encoding.h"

#include <charconv>
#include <fmt/format.h>

namespace fss::snapper {

std::string encode(std::string_view bytes)
{
	std::string text;
	for (const char c : bytes) {
		const auto byte = static_cast<unsigned char>(c);
		if (c == '\\')
			text += "\\\\";
		else if (byte < 0x20 || byte > 0x7e)
			text += fmt::format("\\x{:02x}", byte);
		else
			text += c;
	}
	return text;
}

std::optional<std::string> decode(std::string_view text)
{
	std::string bytes;
	while (!text.empty()) {
		if (text.front() != '\\') {
			if (text.front() == '\0')
				return std::nullopt;
			bytes += text.front();
			text.remove_prefix(1);
			continue;
		}
		if (text.substr(1, 1) == "\\") {
			bytes += '\\';
			text.remove_prefix(2);
			continue;
		}
		unsigned char byte = 0;
		const auto digits = text.substr(0, 2) == "\\x" ? text.substr(2, 2) : "";
		const auto parsed =
		        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
		if (digits.size() != 2 || parsed.ptr != digits.data() + 2 || byte == 0)
			return std::nullopt;
		bytes += static_cast<char>(byte);
		text.remove_prefix(4);
	}
	return bytes;
}

} // namespace fss::snapper
