// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Unc.h"

#include <algorithm>

namespace fss {

namespace {

// The longest path Windows passes around, in units, terminator included.
constexpr size_t longestPath = 32767;

tl::unexpected<Error> malformed(const char *why)
{
	return fail(HResult::InvalidArg, std::string("share name: ") + why, 0,
	            "expected is \\\\server\\share");
}

void append(std::string &out, char32_t c)
{
	if (c < 0x80) {
		out += static_cast<char>(c);
	} else if (c < 0x800) {
		out += static_cast<char>(0xC0 | (c >> 6));
		out += static_cast<char>(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		out += static_cast<char>(0xE0 | (c >> 12));
		out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
		out += static_cast<char>(0x80 | (c & 0x3F));
	} else {
		out += static_cast<char>(0xF0 | (c >> 18));
		out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
		out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
		out += static_cast<char>(0x80 | (c & 0x3F));
	}
}

bool isDots(std::string_view component)
{
	return component == "." || component == "..";
}

} // namespace

std::optional<std::string> toUtf8(std::span<const char16_t> units)
{
	std::string out;
	out.reserve(units.size());
	for (size_t i = 0; i < units.size(); i++) {
		char32_t c = units[i];
		if (c >= 0xD800 && c < 0xDC00) {
			if (i + 1 == units.size() || units[i + 1] < 0xDC00 || units[i + 1] > 0xDFFF)
				return std::nullopt;
			c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00);
		} else if (c >= 0xDC00 && c < 0xE000) {
			return std::nullopt;
		}
		append(out, c);
	}
	return out;
}

Result<Unc> Unc::parse(std::span<const char16_t> units)
{
	if (!units.empty() && units.back() == u'\0')
		units = units.first(units.size() - 1);
	if (units.empty())
		return malformed("empty");
	if (units.size() > longestPath)
		return malformed("too long");
	auto text = toUtf8(units);
	if (!text)
		return malformed("malformed UTF-16");
	return parse(*text);
}

Result<Unc> Unc::parse(std::string_view text)
{
	if (std::any_of(text.begin(), text.end(),
	                [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
		return malformed("control character");
	if (text.find('/') != text.npos)
		return malformed("slash");
	if (!text.starts_with("\\\\"))
		return malformed("no leading \\\\");

	const auto hostEnd = text.find('\\', 2);
	if (hostEnd == text.npos || hostEnd == 2)
		return malformed("no server part");
	const auto shareEnd = std::min(text.find('\\', hostEnd + 1), text.size());
	Unc unc;
	unc.given = text;
	unc.host = text.substr(2, hostEnd - 2);
	unc.share = text.substr(hostEnd + 1, shareEnd - hostEnd - 1);
	unc.trailingBackslash = shareEnd + 1 == text.size();
	if (unc.share.empty())
		return malformed("no share part");
	if (isDots(unc.host) || isDots(unc.share))
		return malformed("dot component");
	for (auto rest = text.substr(shareEnd); !rest.empty();) {
		rest.remove_prefix(1);
		auto end = std::min(rest.find('\\'), rest.size());
		if (isDots(rest.substr(0, end)))
			return malformed("dot component");
		rest.remove_prefix(end);
	}
	return unc;
}

} // namespace fss
