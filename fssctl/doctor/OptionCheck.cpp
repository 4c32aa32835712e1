// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"
#include "fssctl/doctor/OptionNames.h"
#include "fssctl/doctor/QuietHost.h"

#include "agent/Options.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace fss::doctor {

namespace {

struct Reading {
	const char *option;
	std::function<void(const Options &, const std::string &share)> read;
};

// Those that can be wrong. Share options are read for [global], too.
const std::vector<Reading> readings{
        {"error codes", [](const auto &options, const auto &) { options.dialect(); }},
        {"sequence timeout", [](const auto &options, const auto &) { options.sequenceTimeout(); }},
        {"max concurrent sets",
         [](const auto &options, const auto &) { options.maxConcurrentSets(); }},
        {"max shadow copies",
         [](const auto &options, const auto &share) { options.maxShadowCopies(share); }},
        {"keep non-persistent",
         [](const auto &options, const auto &) { options.keepNonPersistent(); }},
        {"require privacy", [](const auto &options, const auto &) { options.requirePrivacy(); }},
        {"provider", [](const auto &options, const auto &share) { options.provider(share); }},
        {"nested", [](const auto &options, const auto &share) { options.nested(share); }},
        {"min free", [](const auto &options, const auto &share) { options.minimumFree(share); }},
        {"hold", [](const auto &options, const auto &share) { options.hold(share); }},
        {"hold timeout", [](const auto &options, const auto &) { options.holdTimeout(); }},
        {"one transaction",
         [](const auto &options, const auto &) { options.requireOneTransaction(); }},
        {"previous versions",
         [](const auto &options, const auto &share) { options.previousVersions(share); }},
};

const OptionInfo *known(const std::string &name)
{
	const auto table = optionTable();
	const auto found = std::find_if(table.begin(), table.end(), [&](const auto &option) {
		return comparable(option.name) == comparable(name);
	});
	return found != table.end() ? &*found : nullptr;
}

std::string shareOf(const std::string &section)
{
	return section == "global" ? "" : section;
}

Finding unknownOption(const Surroundings &at, const std::string &section, const std::string &name,
                      const std::string &value)
{
	const auto meant = nearestOption(name);
	if (meant.empty())
		return {"options",
		        shareOf(section),
		        Verdict::Warning,
		        fmt::format("[{}] fss:{} = {}: there is no such option", section, name,
		                    value),
		        {removeParameter(at.samba, section, "fss:" + name)}};
	return {"options",
	        shareOf(section),
	        Verdict::Warning,
	        fmt::format("[{}] fss:{} = {}: there is no such option, fss:{} is meant", section,
	                    name, value, meant),
	        {replaceParameter(at.samba, section, "fss:" + name, "fss:" + meant, value)}};
}

Finding globalInShare(const Surroundings &at, const std::string &section, const std::string &name,
                      const std::string &value)
{
	return {"options",
	        section,
	        Verdict::Warning,
	        fmt::format("[{}] fss:{} = {} has no effect there: it is for [global] only",
	                    section, name, value),
	        {removeParameter(at.samba, section, "fss:" + name),
	         setParameter(at.samba, "global", "fss:" + name, value)}};
}

/// What reading the section's options makes the agent complain of.
void readValue(const Surroundings &at, const std::string &section, const OptionInfo &option,
               Findings &findings)
{
	QuietHost host(at.host);
	const Options options(host);
	for (const auto &reading : readings)
		if (reading.option == option.name)
			reading.read(options, shareOf(section));
	if (host.said().empty())
		return;
	const auto name = fmt::format("fss:{}", option.name);
	auto remedy = option.defaultValue.empty() ? removeParameter(at.samba, section, name)
	                                          : setParameter(at.samba, section, name,
	                                                         std::string(option.defaultValue));
	findings.push_back({"options",
	                    shareOf(section),
	                    Verdict::Warning,
	                    fmt::format("[{}] {}: {}", section, host.said(), option.meaning),
	                    {remedy}});
}

void checkSection(const Surroundings &at, const std::string &section, Findings &findings)
{
	for (const auto &[name, value] : at.samba.options(section)) {
		const auto *option = known(name);
		if (option == nullptr)
			findings.push_back(unknownOption(at, section, name, value));
		else if (section != "global" && !option->perShare)
			findings.push_back(globalInShare(at, section, name, value));
		else
			readValue(at, section, *option, findings);
	}
}

} // namespace

Findings checkOptions(const Surroundings &at, const std::vector<std::string> &shares)
{
	Findings findings;
	checkSection(at, "global", findings);
	for (const auto &share : shares)
		checkSection(at, share, findings);
	if (findings.empty())
		findings.push_back(ok("options", "", "all fss: options are known and understood"));
	return findings;
}

} // namespace fss::doctor
