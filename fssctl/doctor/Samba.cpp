// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Samba.h"

#include <fmt/format.h>

namespace fss::doctor {

namespace {

bool isInRegistry(Samba &samba, const std::string &section)
{
	return section != "global" && samba.isInRegistry(section);
}

Remedy edit(Samba &samba, const std::string &section, const std::string &removes,
            const std::string &line = "")
{
	Remedy remedy;
	remedy.file = samba.configurationFile();
	remedy.section = section == "global" ? section : samba.section(section);
	remedy.line = line;
	remedy.removes = removes;
	return remedy;
}

} // namespace

Remedy sambaCommand(Samba &samba, const std::string &program,
                    const std::vector<std::string> &arguments)
{
	std::vector<std::string> words{program};
	if (!samba.isDefaultConfiguration())
		words.insert(words.end(), {"-s", samba.configurationFile()});
	words.insert(words.end(), arguments.begin(), arguments.end());
	return command(words);
}

Remedy setParameter(Samba &samba, const std::string &section, const std::string &name,
                    const std::string &value)
{
	if (isInRegistry(samba, section))
		return sambaCommand(samba, "net", {"conf", "setparm", section, name, value});
	return edit(samba, section, name, fmt::format("{} = {}", name, value));
}

Remedy removeParameter(Samba &samba, const std::string &section, const std::string &name)
{
	if (isInRegistry(samba, section))
		return sambaCommand(samba, "net", {"conf", "delparm", section, name});
	return edit(samba, section, name);
}

Remedy replaceParameter(Samba &samba, const std::string &section, const std::string &wrong,
                        const std::string &name, const std::string &value)
{
	auto set = setParameter(samba, section, name, value);
	if (set.command.empty())
		set.removes = wrong;
	else
		set.command = removeParameter(samba, section, wrong).command + " && " + set.command;
	return set;
}

} // namespace fss::doctor
