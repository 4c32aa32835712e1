// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/LiveSamba.h"

#include "abi/HostResult.h"
#include "fss_facts.h"
#include "fss_version.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace fss::doctor {

namespace {

using Texts = std::vector<std::string>;

/// What a callback of Samba's is called with.
template <class Call> Texts texts(Call call)
{
	Texts list;
	Filled<Texts> filled{list};
	call(
	        [](void *arg, const char *text) {
		        Filled<Texts>::fill(arg, [&](Texts &into) { into.emplace_back(text); });
	        },
	        static_cast<void *>(&filled));
	filled.rethrow();
	return list;
}

std::string pathOf(fss_facts_place which)
{
	const auto found = texts([&](auto fn, void *arg) { fss_facts_path(which, fn, arg); });
	return found.empty() ? "" : found.front();
}

void addRights(std::vector<Right> &rights, Right::Kind kind, fss_facts_right right)
{
	for (auto &account : texts([&](auto fn, void *arg) { fss_facts_accounts(right, fn, arg); }))
		rights.push_back({kind, std::move(account)});
}

bool isExposed(const std::string &share)
{
	return share.find("@{") != std::string::npos;
}

std::string lower(std::string text)
{
	std::transform(text.begin(), text.end(), text.begin(),
	               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
	return text;
}

} // namespace

std::string LiveSamba::builtVersion()
{
	return fss_version_built();
}

std::string LiveSamba::runningVersion()
{
	return fss_version_running();
}

bool LiveSamba::servesRunningVersion()
{
	return fss_version_is_served();
}

std::string LiveSamba::configurationFile()
{
	return pathOf(FSS_FACTS_CONFIGURATION);
}

bool LiveSamba::isDefaultConfiguration()
{
	return fss_facts_is_default_configuration();
}

std::string LiveSamba::programDirectory()
{
	return pathOf(FSS_FACTS_PROGRAMS);
}

std::string LiveSamba::moduleDirectory()
{
	return pathOf(FSS_FACTS_MODULES);
}

std::string LiveSamba::stateDirectory()
{
	return pathOf(FSS_FACTS_STATE);
}

std::string LiveSamba::lockDirectory()
{
	return pathOf(FSS_FACTS_LOCKS);
}

std::string LiveSamba::pidDirectory()
{
	return pathOf(FSS_FACTS_PIDS);
}

std::string LiveSamba::parameter(const std::string &name)
{
	const auto found =
	        texts([&](auto fn, void *arg) { fss_facts_parameter(name.c_str(), fn, arg); });
	return found.empty() ? "" : found.front();
}

std::vector<std::pair<std::string, std::string>> LiveSamba::options(const std::string &section)
{
	using Options = std::vector<std::pair<std::string, std::string>>;
	Options options;
	Filled<Options> filled{options};
	fss_facts_options(
	        host_, section == "global" ? nullptr : section.c_str(),
	        [](void *arg, const char *name, const char *value) {
		        Filled<Options>::fill(
		                arg, [&](Options &into) { into.emplace_back(name, value); });
	        },
	        &filled);
	filled.rethrow();
	return options;
}

std::vector<std::string> LiveSamba::shares()
{
	auto shares = texts([&](auto fn, void *arg) { fss_facts_shares(host_, fn, arg); });
	std::erase_if(shares, isExposed);
	return shares;
}

bool LiveSamba::isInRegistry(const std::string &share)
{
	return shares_->isPublished(share);
}

std::string LiveSamba::section(const std::string &share)
{
	// Samba looks for a user's share by its name in lower case.
	const auto definition = std::filesystem::path(parameter("usershare path")) / lower(share);
	std::error_code ignored;
	if (!std::filesystem::is_regular_file(definition, ignored))
		return share;
	const auto pattern = parameter("usershare template share");
	return pattern.empty() ? "global" : pattern;
}

std::vector<Right> LiveSamba::rights()
{
	std::vector<Right> rights;
	addRights(rights, Right::Kind::Administrators, FSS_FACTS_ADMINISTRATORS);
	addRights(rights, Right::Kind::BackupOperators, FSS_FACTS_BACKUP_OPERATORS);
	addRights(rights, Right::Kind::BackupPrivilege, FSS_FACTS_BACKUP_PRIVILEGE);
	return rights;
}

std::string LiveSamba::unsound(const std::string &database)
{
	const int error = fss_facts_check_database(database.c_str());
	return error != 0 ? strerror(error) : "";
}

} // namespace fss::doctor
