// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/StreamsDepot.h"

#include "publish/ExposureTable.h"
#include "publish/ModuleList.h"
#include "publish/ShareDefinition.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

namespace {

// fileid would name the files by a device number that the exposed share cannot
// give them (vfs_module/file_ids.c), unless fss is asked before it.
bool fileidIsFirst(const std::vector<std::string> &members)
{
	const auto at = [&](std::string_view name) {
		return std::find_if(members.begin(), members.end(),
		                    [&](const auto &member) { return moduleName(member) == name; });
	};
	return at("fileid") < at("fss");
}

std::string valueOf(const ShareParameters &definition, std::string_view name)
{
	std::string found;
	for (const auto &[parameter, value] : definition)
		if (normalisedParameter(parameter) == normalisedParameter(name))
			found = value;
	return found;
}

} // namespace

Result<std::string> depotBelow(const std::string &share, const ShareParameters &definition,
                               const std::string &path)
{
	if (fileidIsFirst(moduleList(modulesIn(definition))))
		return fail(
		        HResult::NotSupported,
		        fmt::format("share {}: the streams of its files would not be found in a "
		                    "snapshot",
		                    share),
		        0, "name fss before fileid in its vfs objects");
	const auto directory = valueOf(definition, depotOption);
	if (directory.empty())
		return directory;
	const auto inside = path.ends_with('/') ? path : path + "/";
	if (directory.starts_with(inside) && directory.find('%') == directory.npos &&
	    (directory + "/").find("/../") == directory.npos)
		return directory.substr(inside.size());
	return fail(
	        HResult::NotSupported,
	        fmt::format("share {}: the streams of its files are in {}, which is in no snapshot "
	                    "of the share",
	                    share, directory),
	        0, fmt::format("set {} to a directory below {}", depotOption, path));
}

} // namespace fss
