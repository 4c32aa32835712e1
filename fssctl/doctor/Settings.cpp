// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "agent/Options.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

std::string lower(std::string text)
{
	std::transform(text.begin(), text.end(), text.begin(),
	               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
	return text;
}

bool isOff(const Surroundings &at, const std::string &parameter)
{
	return lower(at.samba.parameter(parameter)) == "no";
}

Finding serverRole(const Surroundings &at)
{
	const auto role = lower(at.samba.parameter("server role"));
	if (role.find("domain controller") != std::string::npos && role.starts_with("active"))
		return {"server-role", "", Verdict::Error,
		        "a domain controller has no shadow copy agent: rpcd_fss does not register "
		        "on "
		        "one; move the shares to a member server"};
	return ok("server-role", "", fmt::format("server role = {}", role.empty() ? "auto" : role));
}

Finding registryShares(const Surroundings &at)
{
	if (at.host.registryShares())
		return ok("registry-shares", "", "registry shares = yes");
	return {"registry-shares",
	        "",
	        Verdict::Error,
	        "registry shares = no: shadow copies are published as registry shares, and smbd "
	        "would "
	        "not find them",
	        {setParameter(at.samba, "global", "registry shares", "yes")}};
}

Finding pipes(const Surroundings &at)
{
	if (!isOff(at, "nt pipe support"))
		return ok("pipe-support", "", "clients can open named pipes");
	return {"pipe-support",
	        "",
	        Verdict::Error,
	        "nt pipe support = no: clients cannot open \\pipe\\FssagentRpc",
	        {setParameter(at.samba, "global", "nt pipe support", "yes")}};
}

// MS-FSRVP 3.1.4.6 wants SMB 3 at the client's end for what it does with the
// shadow copy, and Windows speaks of SMB 1 no more.
Finding protocol(const Surroundings &at)
{
	const auto most = at.samba.parameter("server max protocol");
	const auto level = lower(most);
	const auto remedy = setParameter(at.samba, "global", "server max protocol", "SMB3");
	if (level.starts_with("smb2"))
		return {"smb-protocol",
		        "",
		        Verdict::Warning,
		        fmt::format(
		                "server max protocol = {}: Windows makes shadow copies of remote "
		                "shares over SMB 3 only",
		                most),
		        {remedy}};
	if (level.starts_with("smb3") || level.empty() || level == "default")
		return ok("smb-protocol", "", fmt::format("server max protocol = {}", most));
	return {"smb-protocol",
	        "",
	        Verdict::Error,
	        fmt::format(
	                "server max protocol = {}: no Windows client that makes shadow copies of "
	                "remote shares connects",
	                most),
	        {remedy}};
}

Finding logins(const Surroundings &at)
{
	const auto ntlm = lower(at.samba.parameter("ntlm auth"));
	const auto role = lower(at.samba.parameter("server role"));
	if (ntlm != "disabled" || role.find("standalone") == std::string::npos)
		return ok("authentication", "", "clients can log in, and sign their calls");
	return {"authentication",
	        "",
	        Verdict::Error,
	        "ntlm auth = disabled on a standalone server, which has no Kerberos: no client can "
	        "log in",
	        {setParameter(at.samba, "global", "ntlm auth", "ntlmv2-only")}};
}

Findings privacy(const Surroundings &at)
{
	if (!Options(at.host).requirePrivacy())
		return {};
	return {{"rpc-protection", "", Verdict::Info,
	         "fss:require privacy = yes: Windows signs its calls but does not encrypt them "
	         "unless "
	         "told to, and is refused then"}};
}

} // namespace

Findings checkSettings(const Surroundings &at)
{
	Findings findings{serverRole(at), registryShares(at), pipes(at), protocol(at), logins(at)};
	for (auto &finding : privacy(at))
		findings.push_back(std::move(finding));
	return findings;
}

} // namespace fss::doctor
