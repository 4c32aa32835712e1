// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <clocale>
#include <cwctype>
#include <fmt/format.h>
#include <optional>

namespace fss {

namespace {

// The process's own locale may be anything; names are Unicode.
locale_t unicode()
{
	static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
	return locale;
}

// The next code point of valid UTF-8; a stray byte counts as itself.
char32_t nextCodePoint(std::string_view &text)
{
	const auto lead = static_cast<unsigned char>(text.front());
	size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	length = std::min(length, text.size());
	char32_t c = length == 1 ? lead : lead & (0x7F >> length);
	for (size_t i = 1; i < length; i++)
		c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
	text.remove_prefix(length);
	return c;
}

std::u32string folded(std::string_view text)
{
	std::u32string out;
	const auto locale = unicode();
	while (!text.empty()) {
		auto c = static_cast<wint_t>(nextCodePoint(text));
		// Up and down again, so that letters with two lower-case forms meet.
		if (locale != nullptr)
			c = towlower_l(towupper_l(c, locale), locale);
		out += static_cast<char32_t>(c);
	}
	return out;
}

std::optional<std::array<unsigned char, 16>> ipv6(std::string text)
{
	constexpr std::string_view literal = ".ipv6-literal.net";
	if (text.size() > literal.size() &&
	    sameName(std::string_view(text).substr(text.size() - literal.size()), literal)) {
		text.resize(text.size() - literal.size());
		std::replace(text.begin(), text.end(), '-', ':');
		text = text.substr(0, text.find_first_of("sS"));
	}
	text = text.substr(0, text.find('%'));
	std::array<unsigned char, 16> address{};
	if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1)
		return std::nullopt;
	return address;
}

} // namespace

std::string foldedName(std::string_view name)
{
	std::string out;
	for (const auto c : folded(name)) {
		if (c < 0x80 && c != U'%')
			out += static_cast<char>(c);
		else
			out += fmt::format("%{:X};", static_cast<uint32_t>(c));
	}
	return out;
}

bool sameName(std::string_view a, std::string_view b)
{
	return a == b || folded(a) == folded(b);
}

std::string exposedName(const Unc &unc, std::string_view share, const CopyId &id)
{
	const bool hidden = unc.share.ends_with('$') && unc.trailingBackslash;
	return fmt::format("{}@{{{}}}{}", share, id.text(), hidden ? "$" : "");
}

std::optional<ExposedName> ExposedName::parse(std::string_view name)
{
	constexpr size_t length = 39; // @{…}
	if (name.ends_with("}$"))
		name.remove_suffix(1);
	if (name.size() <= length || !name.ends_with('}'))
		return std::nullopt;
	const auto [share, tail] =
	        std::pair(name.substr(0, name.size() - length), name.substr(name.size() - length));
	const auto copy = CopyId::parse(tail.substr(2, 36));
	if (!tail.starts_with("@{") || !copy)
		return std::nullopt;
	return ExposedName{std::string(share), *copy};
}

bool isOwnName(std::string_view host, const std::vector<std::string> &ownNames)
{
	const auto address = ipv6(std::string(host));
	return std::any_of(ownNames.begin(), ownNames.end(), [&](const std::string &own) {
		return sameName(own, host) || (address && address == ipv6(own));
	});
}

} // namespace fss
