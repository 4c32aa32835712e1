// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace fssctl {

namespace {

struct Unit {
	char letter;
	int64_t seconds;
};

constexpr std::array units{Unit{'w', 604'800}, Unit{'d', 86'400}, Unit{'h', 3'600}, Unit{'m', 60},
                           Unit{'s', 1}};

// The first byte of a character, or one that stands alone.
bool beginsCharacter(char c)
{
	return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

} // namespace

std::optional<std::chrono::seconds> parseDuration(std::string_view text)
{
	constexpr int64_t most = INT64_C(100) * 366 * 86'400;
	int64_t total = 0;
	if (text.empty())
		return std::nullopt;
	while (!text.empty()) {
		int64_t number = 0;
		const auto [stop, error] =
		        std::from_chars(text.data(), text.data() + text.size(), number);
		if (error != std::errc() || number < 0)
			return std::nullopt;
		text.remove_prefix(static_cast<size_t>(stop - text.data()));
		const char letter = text.empty() ? 's' : text.front();
		const auto unit = std::find_if(units.begin(), units.end(), [&](const auto &each) {
			return each.letter == letter;
		});
		if (unit == units.end() || number > most / unit->seconds)
			return std::nullopt;
		total += number * unit->seconds;
		if (total > most)
			return std::nullopt;
		if (!text.empty())
			text.remove_prefix(1);
	}
	return std::chrono::seconds(total);
}

std::string durationText(std::chrono::seconds time)
{
	auto left = std::max<int64_t>(time.count(), 0);
	std::string text;
	int parts = 0;
	for (const auto &unit : units) {
		if (unit.letter == 'w')
			continue;
		const auto number = left / unit.seconds;
		if (parts == 0 && number == 0 && unit.letter != 's')
			continue;
		left %= unit.seconds;
		if (number > 0 || parts == 0)
			text += fmt::format("{}{}", number, unit.letter);
		if (++parts == 2)
			break;
	}
	return text;
}

std::string sizeText(uint64_t bytes)
{
	constexpr std::array names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	if (bytes < 1024)
		return fmt::format("{} B", bytes);
	auto value = static_cast<double>(bytes);
	size_t unit = 0;
	for (; value >= 1024 && unit + 1 < names.size(); unit++)
		value /= 1024;
	const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
	return fmt::format("{:.{}f} {}", value, decimals, names.at(unit));
}

std::string timeText(int64_t seconds)
{
	return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

size_t columnsOf(std::string_view text)
{
	return static_cast<size_t>(std::count_if(text.begin(), text.end(), beginsCharacter));
}

std::string shortened(std::string_view text, size_t columns)
{
	if (columnsOf(text) <= columns)
		return std::string(text);
	if (columns == 0)
		return "";
	size_t seen = 0;
	size_t end = 0;
	for (; end < text.size(); end++)
		if (beginsCharacter(text[end]) && seen++ == columns - 1)
			break;
	return std::string(text.substr(0, end)) + "…";
}

} // namespace fssctl
