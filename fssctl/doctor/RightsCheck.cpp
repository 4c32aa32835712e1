// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>

namespace fss::doctor {

namespace {

/// The administrator's own, with whom no backup should run.
bool isAdministrator(const std::string &account)
{
	const auto name = account.substr(account.rfind('\\') + 1);
	return name == "root" || name == "Administrator" || name == "Domain Admins";
}

bool isComputer(const std::string &account)
{
	return account.ends_with('$');
}

std::vector<std::string> accounts(const std::vector<Right> &rights, Right::Kind kind)
{
	std::vector<std::string> list;
	for (const auto &right : rights)
		if (right.kind == kind &&
		    std::find(list.begin(), list.end(), right.account) == list.end())
			list.push_back(right.account);
	return list;
}

std::string listed(const std::vector<std::string> &accounts)
{
	return accounts.empty() ? "nobody" : fmt::format("{}", fmt::join(accounts, ", "));
}

Remedy grant(Samba &samba, const std::string &account)
{
	auto remedy = sambaCommand(samba, "net",
	                           {"sam", "rights", "grant", account, "SeBackupPrivilege"});
	remedy.choices = {account};
	return remedy;
}

Findings permitted(const Surroundings &at)
{
	constexpr const char *check = "permitted-accounts";
	const auto rights = at.samba.rights();
	const auto text =
	        fmt::format("Backup Operators: {}; SeBackupPrivilege: {}; Administrators: {}",
	                    listed(accounts(rights, Right::Kind::BackupOperators)),
	                    listed(accounts(rights, Right::Kind::BackupPrivilege)),
	                    listed(accounts(rights, Right::Kind::Administrators)));
	const bool anybody = std::any_of(rights.begin(), rights.end(), [](const auto &right) {
		return !isAdministrator(right.account);
	});
	if (!anybody)
		return {{check,
		         "",
		         Verdict::Warning,
		         fmt::format(
		                 "nobody but root and administrators may make shadow copies ({}); "
		                 "ACCOUNT is who backs up, and its computer DOMAIN\\HOST$, too",
		                 text),
		         {grant(at.samba, "ACCOUNT")}}};
	Findings findings{ok(check, "", text)};
	const bool computers = std::any_of(rights.begin(), rights.end(), [](const auto &right) {
		return isComputer(right.account);
	});
	if (at.samba.parameter("server role").find("member") != std::string::npos && !computers)
		findings.push_back(
		        {check,
		         "",
		         Verdict::Info,
		         "no computer account is listed by itself: Windows calls with the "
		         "computer's account (HOST$) as well, which needs the right by itself or "
		         "through a group",
		         {grant(at.samba, "DOMAIN\\HOST$")}});
	return findings;
}

/// Whose members may use fssctl.
Findings adminGroup(const Surroundings &at)
{
	const auto name = at.host.option(nullptr, "admin group").value_or("");
	if (name.empty() || getgrnam(name.c_str()) != nullptr)
		return {};
	return {{"admin-group",
	         "",
	         Verdict::Warning,
	         fmt::format("fss:admin group = {}: there is no such group, and only root can use "
	                     "fssctl",
	                     name),
	         {command({"groupadd", "--system", name})}}};
}

} // namespace

Findings checkRights(const Surroundings &at)
{
	auto findings = permitted(at);
	for (auto &finding : adminGroup(at))
		findings.push_back(std::move(finding));
	return findings;
}

} // namespace fss::doctor
