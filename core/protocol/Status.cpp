// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Status.h"

#include <array>

namespace fss {

namespace {

constexpr std::array<std::string_view, 6> names{"Started",   "Added",   "CreationInProgress",
                                                "Committed", "Exposed", "Recovered"};

} // namespace

std::string_view name(Status status)
{
	return names.at(static_cast<size_t>(status));
}

std::optional<Status> parseStatus(std::string_view text)
{
	for (size_t i = 0; i < names.size(); i++)
		if (names[i] == text)
			return static_cast<Status>(i);
	return std::nullopt;
}

} // namespace fss
