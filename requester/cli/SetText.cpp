// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/SetText.h"

#include "base/Clock.h"

#include <ctime>
#include <fmt/chrono.h>
#include <unistd.h>

namespace fss::requester {

std::string localTime(int64_t fileTime)
{
	if (fileTime == 0)
		return {};
	return fmt::format("{:%Y-%m-%d %H:%M:%S}",
	                   fmt::localtime(static_cast<time_t>(unixSeconds(fileTime))));
}

std::string describe(const ShadowSet &set)
{
	std::string text =
	        fmt::format("{}  {}  {}{}{}\n", braced(set.id), localTime(set.created),
	                    name(set.state), set.context.persistent() ? ", persistent" : "",
	                    set.context.autoRecovery() ? ", auto-recovery" : "");
	for (const ShadowCopy &copy : set.copies)
		text += fmt::format("    {} -> {}\n", copy.given,
		                    copy.exposedName.empty() ? "(not exposed)" : copy.exposedUnc());
	return text;
}

Metadata metadataOf(const ShadowSet &set)
{
	Metadata metadata;
	char machine[256] = "";
	gethostname(machine, sizeof(machine) - 1);
	metadata.machine = machine;
	metadata.finished = true;
	metadata.set = set;
	for (const ShadowCopy &copy : set.copies)
		metadata.volumes.push_back({"\\\\" + copy.host + "\\" + copy.share, {""}});
	return metadata;
}

Result<void> removeSet(Environment &environment, const ShadowSet &set)
{
	if (set.state != SetState::Recovered)
		return environment.requester.abort(set);
	Result<void> all;
	size_t removed = 0;
	for (const ShadowCopy &copy : set.copies) {
		auto deleted = environment.requester.deleteShareMapping(set, copy);
		if (deleted)
			removed++;
		else if (all)
			all = deleted;
	}
	if (!all && removed > 0) {
		Failure partial = all.error();
		partial.kind = FailureKind::Incomplete;
		partial.reason += fmt::format("; {} of {} shadow copies of {} are deleted", removed,
		                              set.copies.size(), braced(set.id));
		return failed(partial);
	}
	return all;
}

} // namespace fss::requester
