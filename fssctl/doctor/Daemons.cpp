// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <fmt/format.h>

namespace fss::doctor {

namespace {

constexpr const char *onDemand = "rpc start on demand helpers";

Finding smbd(const Surroundings &at)
{
	if (const auto process = at.machine.daemon(at.samba.pidDirectory(), "smbd"))
		return ok("smbd", "", fmt::format("smbd runs (process {})", *process));
	return {"smbd",
	        "",
	        Verdict::Error,
	        fmt::format("smbd does not run: {}/smbd.pid names no process of it",
	                    at.samba.pidDirectory()),
	        {command({"systemctl", "start", "smbd"})}};
}

Finding dcerpcd(const Surroundings &at)
{
	constexpr const char *check = "samba-dcerpcd";
	if (const auto process = at.machine.daemon(at.samba.pidDirectory(), check))
		return ok(check, "", fmt::format("samba-dcerpcd runs (process {})", *process));
	if (at.samba.parameter(onDemand) != "Yes")
		return {check,
		        "",
		        Verdict::Error,
		        fmt::format("samba-dcerpcd does not run, and {} = no keeps smbd from "
		                    "starting it: no client reaches the agent",
		                    onDemand),
		        {setParameter(at.samba, "global", onDemand, "yes")}};
	const auto program = at.samba.programDirectory() + "/samba-dcerpcd";
	if (at.machine.isExecutable(program))
		return ok(check, "", fmt::format("smbd starts {} when a client comes", program));
	if (at.machine.exists(program))
		return {check,
		        "",
		        Verdict::Error,
		        fmt::format("{} is not executable", program),
		        {command({"chmod", "0755", program})}};
	return {check,
	        "",
	        Verdict::Error,
	        fmt::format("{} is missing", program),
	        {command({"apt-get", "install", "--reinstall", "-y", "samba"})}};
}

} // namespace

Findings checkDaemons(const Surroundings &at)
{
	return {smbd(at), dcerpcd(at)};
}

} // namespace fss::doctor
