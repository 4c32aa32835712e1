// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <fmt/format.h>

namespace fss::doctor {

namespace {

constexpr std::chrono::seconds loadTime(20);

} // namespace

// In a process of its own, with smbd's environment: libraries and paths may be
// smbd's only.
Findings checkModule(const Surroundings &at)
{
	constexpr const char *check = "module-loads";
	const auto module = at.samba.moduleDirectory() + "/fss.so";
	const auto process = at.machine.daemon(at.samba.pidDirectory(), "smbd");
	const auto environment =
	        process ? at.machine.environment(*process) : std::vector<std::string>();
	const auto loaded = at.machine.run({at.ownProgram, "doctor", "--load-module", module},
	                                   loadTime, environment.empty() ? nullptr : &environment);
	if (loaded.status == 0)
		return {ok(check, "", fmt::format("smbd can load {}", module))};
	const auto why = loaded.output.substr(0, loaded.output.find('\n'));
	return {{check,
	         "",
	         Verdict::Error,
	         fmt::format("smbd cannot load {}, and refuses connections to shares with it: {}",
	                     module, why.empty() ? "no answer" : why),
	         {installation(at, "vfs_module/fss.so", module, "0644")}}};
}

} // namespace fss::doctor
