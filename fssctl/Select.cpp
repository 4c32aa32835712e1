// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Select.h"

#include "protocol/Names.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace fssctl {

namespace {

constexpr size_t shortest = 4;

std::string bare(std::string text)
{
	std::erase_if(text, [](char c) { return c == '{' || c == '}'; });
	std::transform(text.begin(), text.end(), text.begin(),
	               [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
	return text;
}

// \\SERVER\share@{ID} or share@{ID}
std::string shareOf(const std::string &text)
{
	return text.substr(text.rfind('\\') == text.npos ? 0 : text.rfind('\\') + 1);
}

bool exposes(const fss::ShadowCopy &copy, const std::string &name)
{
	return std::any_of(copy.mappings.begin(), copy.mappings.end(), [&](const auto &mapping) {
		return fss::sameName(mapping.exposedName, name);
	});
}

} // namespace

fss::Result<Named> findNamed(const Survey &survey, const std::string &id)
{
	const auto wanted = bare(id);
	std::vector<Named> found;
	const auto begins = [&](const std::string &text) {
		return wanted.size() >= shortest && text.starts_with(wanted);
	};
	for (const auto &view : survey.sets) {
		if (begins(view.set.id.text()))
			found.push_back({&view, std::nullopt});
		for (const auto &copy : view.set.copies)
			if (begins(copy.id.text()) || exposes(copy, shareOf(id)))
				found.push_back({&view, copy.id});
	}
	if (found.size() == 1)
		return found.front();
	if (found.empty())
		return fss::fail(fss::HResult::ObjectNotFound,
		                 fmt::format("there is no shadow copy set or shadow copy {}", id),
		                 0, "fssctl list shows those there are");
	return fss::fail(fss::HResult::InvalidArg,
	                 fmt::format("{} ids begin with {}", found.size(), id), 0,
	                 "give more of the id");
}

} // namespace fssctl
