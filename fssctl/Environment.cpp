// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Environment.h"

#include <cstdlib>
#include <fmt/format.h>
#include <pwd.h>

namespace fssctl {

std::optional<uid_t> callerOfJob()
{
	const char *text = std::getenv(callerVariable);
	if (text == nullptr)
		return std::nullopt;
	return static_cast<uid_t>(std::strtoul(text, nullptr, 10));
}

std::string environment(const char *name)
{
	const char *value = std::getenv(name);
	return value != nullptr ? value : "";
}

std::string accountName(uid_t uid)
{
	const passwd *entry = getpwuid(uid);
	return entry != nullptr ? entry->pw_name : fmt::format("uid {}", uid);
}

} // namespace fssctl
