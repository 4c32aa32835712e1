// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <filesystem>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

constexpr const char *package = "samba-fss";
constexpr const char *rebuild = "/usr/sbin/samba-fss-rebuild";

bool isPackaged(const Machine &machine)
{
	return machine.exists(fmt::format("/var/lib/dpkg/info/{}.list", package));
}

/// The build tree that this program runs in, if it does.
std::string buildTree(const Surroundings &at)
{
	const auto tree = std::filesystem::path(at.ownProgram).parent_path().parent_path();
	return at.machine.exists(tree / "build.ninja") ? tree.string() : "";
}

Findings replacedProgram(const Surroundings &at, const std::string &daemon)
{
	const auto process = at.machine.daemon(at.samba.pidDirectory(), daemon);
	if (!process || !at.machine.runsReplacedProgram(*process))
		return {};
	return {{"samba-version",
	         "",
	         Verdict::Warning,
	         fmt::format("{} (process {}) still runs a version that was replaced on disk",
	                     daemon, *process),
	         {command({"systemctl", "restart", "smbd"})}}};
}

} // namespace

Remedy ownCommand(const Surroundings &at, const std::string &word)
{
	return sambaCommand(at.samba, at.ownProgram, {word});
}

Remedy installation(const Surroundings &at, const std::string &built, const std::string &place,
                    const std::string &mode)
{
	const auto tree = buildTree(at);
	if (!tree.empty() && at.machine.exists(tree + "/" + built))
		return command({"install", "-m", mode, tree + "/" + built, place});
	if (isPackaged(at.machine))
		return command({"apt-get", "install", "--reinstall", "-y", package});
	const bool rpm =
	        at.machine.exists("/usr/bin/rpm") && !at.machine.exists("/usr/bin/apt-get");
	return rpm ? command({"dnf", "install", "-y", package})
	           : command({"apt-get", "install", "-y", package});
}

Finding wrongVersion(const Machine &machine, const std::string &built, const std::string &running)
{
	return {"samba-version",
	        "",
	        Verdict::Error,
	        fmt::format(
	                "this was built for Samba {}, but {} is installed: neither rpcd_fss nor "
	                "fss.so works with it, and clients cannot connect to shares with fss",
	                built, running),
	        {machine.exists(rebuild) ? command({rebuild})
	                                 : Remedy{"scripts/setup && meson install -C build"}}};
}

Findings checkVersion(const Surroundings &at)
{
	const auto running = at.samba.runningVersion();
	Findings findings;
	if (at.samba.servesRunningVersion()) {
		findings.push_back(ok("samba-version", "",
		                      fmt::format("Samba {}, which this was built for", running)));
	} else {
		findings.push_back(wrongVersion(at.machine, at.samba.builtVersion(), running));
	}
	for (const auto *daemon : {"smbd", "samba-dcerpcd"})
		for (auto &finding : replacedProgram(at, daemon))
			findings.push_back(std::move(finding));
	return findings;
}

} // namespace fss::doctor
