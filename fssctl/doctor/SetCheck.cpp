// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include <fmt/format.h>

namespace fss::doctor {

namespace {

constexpr const char *check = "sets";

std::string called(const ShadowCopySet &set)
{
	return fmt::format("shadow copy set {} ({})", set.id.text(), set.shareList());
}

Finding unfinished(const Surroundings &at, const ShadowCopySet &set, const std::string &what)
{
	return {check,
	        "",
	        Verdict::Warning,
	        fmt::format("{}: {}", called(set), what),
	        {ownCommand(at, "recover")}};
}

/// What a worker left behind that has ended, or could not do.
void checkWork(const Surroundings &at, const ShadowCopySet &set, Findings &findings)
{
	if (set.job && !set.job->owner.alive())
		findings.push_back(
		        unfinished(at, set, "its worker has ended in the middle of its work"));
	else if (set.undoing && !set.job)
		findings.push_back(unfinished(
		        at, set,
		        "it is to be removed, and that failed so far; the agent's log says why"));
}

void checkSnapshots(const Surroundings &at, const ShadowCopySet &set, Findings &findings)
{
	for (const auto &copy : set.copies) {
		const auto presence =
		        at.provider.presence({copy.id, copy.volume, copy.snapshotUuid, copy.path});
		if (!presence)
			findings.push_back(
			        {check, "", Verdict::Error,
			         fmt::format("{}: {}", called(set), presence.error().text())});
		else if (*presence == SnapshotPresence::Absent)
			findings.push_back(
			        {check,
			         "",
			         Verdict::Error,
			         fmt::format("{}: the snapshot of {} is gone; its share leads "
			                     "nowhere",
			                     called(set), copy.volume.root),
			         {ownCommand(at, "recover")}});
	}
}

void checkShares(const Surroundings &at, const ShadowCopySet &set, Findings &findings)
{
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (mapping.exposed && !mapping.deleting &&
			    !at.shares.isPublished(mapping.exposedName))
				findings.push_back(
				        {check,
				         "",
				         Verdict::Error,
				         fmt::format("{}: its share {} is no longer published",
				                     called(set), mapping.exposedName),
				         {ownCommand(at, "recover")}});
}

} // namespace

Findings checkSets(const Surroundings &at)
{
	const auto sets = at.sets();
	if (!sets)
		return {{check, "", Verdict::Error, sets.error().text()}};
	Findings findings;
	for (const auto &[set, expired] : *sets) {
		checkWork(at, set, findings);
		if (expired && !set.job && !set.undoing)
			findings.push_back(unfinished(
			        at, set,
			        "its client has left it, its timer has elapsed, and no worker runs "
			        "that would remove it"));
		if (!set.holdsSnapshots() || set.job)
			continue;
		checkSnapshots(at, set, findings);
		checkShares(at, set, findings);
	}
	if (findings.empty())
		findings.push_back(
		        ok(check, "",
		           fmt::format("{} shadow copy set(s), all in order", sets->size())));
	return findings;
}

} // namespace fss::doctor
