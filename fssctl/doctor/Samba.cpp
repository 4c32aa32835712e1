// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Samba.h"

#include <fmt/format.h>

namespace fss::doctor {

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
	if (section != "global" && samba.isInRegistry(section))
		return sambaCommand(samba, "net", {"conf", "setparm", section, name, value});
	Remedy remedy;
	remedy.file = samba.configurationFile();
	remedy.section = section;
	remedy.line = fmt::format("{} = {}", name, value);
	remedy.removes = name;
	return remedy;
}

Remedy removeParameter(Samba &samba, const std::string &section, const std::string &name)
{
	if (section != "global" && samba.isInRegistry(section))
		return sambaCommand(samba, "net", {"conf", "delparm", section, name});
	Remedy remedy;
	remedy.file = samba.configurationFile();
	remedy.section = section;
	remedy.removes = name;
	return remedy;
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
