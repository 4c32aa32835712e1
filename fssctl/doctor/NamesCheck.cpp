// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "agent/Options.h"
#include "protocol/Names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fss::doctor {

Findings checkNames(const Surroundings &at)
{
	const Options options(at.host);
	const auto configured = options.serverNames();
	auto names = at.host.serverNames();
	names.insert(names.end(), configured.begin(), configured.end());
	Findings findings{
	        ok("server-names", "",
	           fmt::format("clients may call this server {}", fmt::join(names, ", ")))};
	const auto owner = options.ownerName();
	if (!owner || isOwnName(*owner, names))
		return findings;
	findings.push_back(
	        {"owner-name",
	         "",
	         Verdict::Error,
	         fmt::format(
	                 "fss:owner name = {} sends clients to a name that this server does not "
	                 "answer to: their next call is refused",
	                 *owner),
	         {setParameter(at.samba, "global", "fss:server names",
	                       fmt::format("{}{}{}", fmt::join(configured, " "),
	                                   configured.empty() ? "" : " ", *owner))}});
	return findings;
}

} // namespace fss::doctor
