// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

constexpr const char *worker = "rpcd_fss";
// MS-FSRVP 1.9
constexpr const char *interface = "a8e0653c-2744-4389-a61d-7373df8b2292";
constexpr std::chrono::seconds answerTime(20);

std::string baseName(const std::string &path)
{
	return path.substr(path.rfind('/') + 1);
}

/// The programs that samba-dcerpcd starts.
struct Programs {
	bool scanned = true; ///< whatever is called rpcd_* in its directory
	std::vector<std::string> paths;
	std::optional<pid_t> process; ///< samba-dcerpcd, where it runs
};

Programs programs(const Surroundings &at)
{
	Programs found;
	found.process = at.machine.daemon(at.samba.pidDirectory(), "samba-dcerpcd");
	if (found.process)
		for (const auto &word : at.machine.commandLine(*found.process))
			if (!word.starts_with('-') && baseName(word).starts_with("rpcd_"))
				found.paths.push_back(word);
	found.scanned = found.paths.empty();
	if (found.scanned)
		for (const auto &name : at.machine.names(at.samba.programDirectory()))
			if (name.starts_with("rpcd_"))
				found.paths.push_back(at.samba.programDirectory() + "/" + name);
	return found;
}

/// As samba-dcerpcd asks it.
Ran interfacesOf(const Surroundings &at, const std::string &program)
{
	return at.machine.run({at.machine.at(program), "--list-interfaces",
	                       "--configfile=" + at.samba.configurationFile()},
	                      answerTime);
}

bool claims(const Ran &answer)
{
	return answer.status == 0 && answer.output.find(interface) != std::string::npos;
}

std::string whyNot(const Ran &answer)
{
	if (answer.errnum != 0)
		return strerror(answer.errnum);
	const auto text = answer.output.substr(0, answer.output.find_last_not_of('\n') + 1);
	return answer.status != 0 ? fmt::format("it ended with {}: {}", answer.status, text)
	                          : "it offers no interface; see samba-version and server-role";
}

Finding missing(const Surroundings &at, const Programs &found)
{
	const auto place = at.samba.programDirectory() + "/" + worker;
	if (found.scanned)
		return {"rpcd-installed",
		        "",
		        Verdict::Error,
		        fmt::format("{} is missing, so nothing answers on \\pipe\\FssagentRpc",
		                    place),
		        {installation(at, fmt::format("rpc_plugin/{}", worker), place, "0755")}};
	return {"rpcd-installed",
	        "",
	        Verdict::Error,
	        fmt::format("samba-dcerpcd (process {}) was started with a list of programs that "
	                    "has no {}; smbd starts it with all of {}",
	                    *found.process, worker, at.samba.programDirectory()),
	        {setParameter(at.samba, "global", "rpc start on demand helpers", "yes"),
	         command({"kill", std::to_string(*found.process)})}};
}

Finding answers(const Surroundings &at, const std::string &program)
{
	const auto answer = interfacesOf(at, program);
	if (claims(answer))
		return ok("rpcd-answers", "",
		          fmt::format("{} offers the shadow copy agent", program));
	return {"rpcd-answers",
	        "",
	        Verdict::Error,
	        fmt::format("{} does not offer the shadow copy agent: {}", program, whyNot(answer)),
	        {installation(at, fmt::format("rpc_plugin/{}", worker), program, "0755")}};
}

/// Puts a program where samba-dcerpcd does not look. dpkg's next version of it
/// follows.
Remedy aside(const Surroundings &at, const std::string &program)
{
	const auto directory = program.substr(0, program.rfind('/'));
	const auto place = directory + "/distrib." + baseName(program);
	if (at.machine.exists("/usr/bin/dpkg-divert"))
		return command({"dpkg-divert", "--local", "--rename", "--divert", place, "--add",
		                program});
	return command({"mv", program, place});
}

Findings shadows(const Surroundings &at, const Programs &found, const std::string &own)
{
	Findings findings;
	for (const auto &program : found.paths) {
		if (program == own || !at.machine.isExecutable(program) ||
		    !claims(interfacesOf(at, program)))
			continue;
		Finding finding{
		        "rpcd-shadowed", "", Verdict::Error,
		        fmt::format("{} claims the same interface: samba-dcerpcd gives clients "
		                    "to one of both",
		                    program)};
		if (found.scanned)
			finding.remedies.push_back(aside(at, program));
		else
			finding.text += "; start samba-dcerpcd without it";
		// It has read the directory when it was started; smbd starts it again.
		if (found.scanned && found.process)
			finding.remedies.push_back(
			        command({"kill", std::to_string(*found.process)}));
		findings.push_back(std::move(finding));
	}
	if (findings.empty())
		findings.push_back(
		        ok("rpcd-shadowed", "", "no other program claims its interface"));
	return findings;
}

} // namespace

Findings checkWorker(const Surroundings &at)
{
	const auto found = programs(at);
	const auto own = std::find_if(found.paths.begin(), found.paths.end(),
	                              [](const auto &path) { return baseName(path) == worker; });
	Findings findings;
	if (own == found.paths.end()) {
		findings.push_back(missing(at, found));
		return findings;
	}
	findings.push_back(
	        ok("rpcd-installed", "", fmt::format("{} is where samba-dcerpcd looks", *own)));
	if (!at.machine.isExecutable(*own))
		findings.push_back({"rpcd-executable",
		                    "",
		                    Verdict::Error,
		                    fmt::format("{} is not executable", *own),
		                    {command({"chmod", "0755", *own})}});
	else
		findings.push_back(answers(at, *own));
	for (auto &finding : shadows(at, found, *own))
		findings.push_back(std::move(finding));
	return findings;
}

} // namespace fss::doctor
