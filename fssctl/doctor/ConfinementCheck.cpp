// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <fmt/format.h>
#include <sstream>

namespace fss::doctor {

namespace {

constexpr const char *profiles = "/sys/kernel/security/apparmor/profiles";
constexpr const char *policies = "/etc/apparmor.d";
constexpr const char *enforcing = "/sys/fs/selinux/enforce";

/// A program of Samba's that AppArmor may confine, and a rule it needs.
struct Confined {
	const char *profile; ///< as Debian's apparmor-profiles and upstream name it
	const char *local;   ///< file for additions to it
	std::string rule;
	const char *what;
	std::vector<const char *> covered; ///< parts of a rule that allows it
};

bool isEnforced(const std::string &list, const std::string &profile)
{
	std::istringstream lines(list);
	for (std::string line; std::getline(lines, line);)
		if (line == profile + " (enforce)")
			return true;
	return false;
}

bool allows(const Machine &machine, const Confined &confined)
{
	for (const auto *directory : {"/etc/apparmor.d/", "/etc/apparmor.d/local/"})
		for (const auto *part : confined.covered)
			if (const auto text = machine.read(directory + std::string(confined.local));
			    text && text->find(part) != std::string::npos)
				return true;
	return false;
}

Findings appArmor(const Surroundings &at)
{
	const auto loaded = at.machine.read(profiles);
	if (!loaded)
		return {ok("apparmor", "", "AppArmor confines nothing")};
	const auto programs = at.samba.programDirectory();
	const auto modules = at.samba.moduleDirectory();
	const std::vector<Confined> table{
	        {"smbd",
	         "usr.sbin.smbd",
	         modules + "/fss.so mr,",
	         "fss.so",
	         {"fss.so", "vfs/*.so", "/samba/**"}},
	        {"/usr/sbin/smbd",
	         "usr.sbin.smbd",
	         modules + "/fss.so mr,",
	         "fss.so",
	         {"fss.so", "vfs/*.so", "/samba/**"}},
	        {"samba-dcerpcd",
	         "samba-dcerpcd",
	         programs + "/rpcd_fss Ux,",
	         "rpcd_fss",
	         {"rpcd_fss", "rpcd_*", "rpcd_**"}},
	};
	Findings findings;
	for (const auto &confined : table) {
		if (!isEnforced(*loaded, confined.profile) || allows(at.machine, confined))
			continue;
		const auto local = fmt::format("{}/local/{}", policies, confined.local);
		const auto file = fmt::format("{}/{}", policies, confined.local);
		findings.push_back(
		        {"apparmor",
		         "",
		         Verdict::Error,
		         fmt::format("AppArmor's profile {} is enforced and has no rule for {}",
		                     confined.profile, confined.what),
		         {Remedy{fmt::format("printf '%s\\n' {} >> {} && apparmor_parser -r {}",
		                             quoted(confined.rule), quoted(local),
		                             quoted(file))}}});
	}
	if (findings.empty())
		findings.push_back(
		        ok("apparmor", "", "no profile of AppArmor keeps Samba from the agent"));
	return findings;
}

Findings seLinux(const Surroundings &at)
{
	const auto state = at.machine.read(enforcing);
	if (!state || state->empty() || state->front() != '1')
		return {ok("selinux", "", "SELinux enforces nothing")};
	// "current pending"
	const auto exports = at.machine.read("/sys/fs/selinux/booleans/samba_export_all_rw");
	Findings findings;
	if (exports && exports->starts_with('0'))
		findings.push_back(
		        {"selinux",
		         "",
		         Verdict::Warning,
		         "SELinux lets smbd into what is labelled samba_share_t only, and the "
		         "snapshot stores may not be",
		         {command({"setsebool", "-P", "samba_export_all_rw", "on"})}});
	findings.push_back(
	        {"selinux", "", Verdict::Info,
	         "SELinux is enforcing: where the agent is refused what it does, ausearch -m "
	         "avc -c rpcd_fss shows it"});
	return findings;
}

} // namespace

Findings checkConfinement(const Surroundings &at)
{
	auto findings = appArmor(at);
	for (auto &finding : seLinux(at))
		findings.push_back(std::move(finding));
	return findings;
}

} // namespace fss::doctor
