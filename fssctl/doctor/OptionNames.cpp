// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/OptionNames.h"

#include "agent/Options.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fss::doctor {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements.
size_t distance(std::string_view a, std::string_view b)
{
	std::vector<size_t> row(b.size() + 1);
	std::iota(row.begin(), row.end(), size_t{0});
	for (size_t i = 0; i < a.size(); i++) {
		size_t diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < b.size(); j++) {
			const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
			diagonal = row[j + 1];
			row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
		}
	}
	return row.back();
}

} // namespace

std::string comparable(std::string_view name)
{
	std::string text;
	for (const char c : name)
		if (std::isspace(static_cast<unsigned char>(c)) == 0)
			text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
	return text;
}

std::string nearestOption(std::string_view name)
{
	const auto given = comparable(name);
	std::string nearest;
	// A letter in three may be wrong; two swapped ones count twice.
	size_t least = std::max<size_t>(2, given.size() / 3) + 1;
	for (const auto &option : optionTable()) {
		const auto away = distance(given, comparable(option.name));
		if (away < least) {
			least = away;
			nearest = option.name;
		}
	}
	return nearest;
}

} // namespace fss::doctor
