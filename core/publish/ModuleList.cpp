// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ModuleList.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fss {

namespace {

// Samba's LIST_SEP.
constexpr std::string_view separators = " \t,;\n\r";

} // namespace

std::vector<std::string> moduleList(std::string_view vfsObjects)
{
	std::vector<std::string> members;
	std::string member;
	bool quoted = false;
	for (const char c : vfsObjects) {
		if (c == '"') {
			quoted = !quoted;
		} else if (quoted || separators.find(c) == separators.npos) {
			member += c;
		} else if (!member.empty()) {
			members.push_back(std::move(member));
			member.clear();
		}
	}
	if (!member.empty())
		members.push_back(std::move(member));
	return members;
}

std::string moduleName(std::string_view member)
{
	auto name = member.substr(0, member.find(':'));
	while (!name.empty() && name.front() == ' ')
		name.remove_prefix(1);
	while (!name.empty() && name.back() == ' ')
		name.remove_suffix(1);
	if (!name.empty() && name.front() == '/') {
		name.remove_prefix(name.rfind('/') + 1);
		name = name.substr(0, name.find('.'));
	}
	return std::string(name);
}

bool usesModule(std::string_view vfsObjects, std::string_view module)
{
	const auto members = moduleList(vfsObjects);
	return std::any_of(members.begin(), members.end(),
	                   [&](const auto &member) { return moduleName(member) == module; });
}

std::string joinedModules(const std::vector<std::string> &members)
{
	std::vector<std::string> written;
	written.reserve(members.size());
	for (const auto &member : members)
		written.push_back(member.find_first_of(separators) == member.npos
		                          ? member
		                          : fmt::format("\"{}\"", member));
	return fmt::format("{}", fmt::join(written, " "));
}

} // namespace fss
