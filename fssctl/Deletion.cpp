// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Deletion.h"

#include "fssctl/Select.h"
#include "protocol/Names.h"

#include <algorithm>
#include <fmt/format.h>

namespace fssctl {

namespace {

// Whose removal would take a client's work from it. A finished set has none.
bool isInUse(const SetView &view)
{
	return view.clientConnected && view.set.inProgress();
}

// The mappings that are asked for; the set as a whole where these are all it has.
template <class Fn> std::optional<Target> targetOf(const SetView &view, Fn wanted)
{
	Target target{view, {}};
	for (const auto &copy : view.set.copies)
		for (const auto &mapping : copy.mappings)
			if (wanted(copy, mapping))
				target.mappings.push_back({copy.id, mapping.share});
	if (target.mappings.empty())
		return std::nullopt;
	if (target.mappings.size() == view.set.mappingCount())
		target.mappings.clear();
	return target;
}

fss::Result<Selected> selectNamed(const Survey &survey, const std::vector<std::string> &ids)
{
	Selected out;
	for (const auto &id : ids) {
		const auto named = findNamed(survey, id);
		if (!named)
			return tl::unexpected(named.error());
		if (!named->copy) {
			out.targets.push_back({*named->view, {}});
			continue;
		}
		const auto isOf = [&](const auto &copy, const auto &) {
			return copy.id == *named->copy;
		};
		if (auto target = targetOf(*named->view, isOf))
			out.targets.push_back(*target);
	}
	return out;
}

bool isOldEnough(const SetView &view, const Survey &survey, const Selection &selection)
{
	if (!selection.olderThan)
		return true;
	const auto created = view.created();
	return created && survey.now - *created >= selection.olderThan->count();
}

} // namespace

fss::Result<Selected> select(const Survey &survey, const Selection &selection)
{
	if (!selection.ids.empty())
		return selectNamed(survey, selection.ids);
	Selected out;
	for (const auto &view : survey.sets) {
		std::optional<Target> target;
		if (selection.share.empty())
			target = Target{view, {}};
		else
			target = targetOf(view, [&](const auto &, const auto &mapping) {
				return fss::sameName(mapping.share, selection.share);
			});
		if (!target || !isOldEnough(view, survey, selection))
			continue;
		if (isInUse(view) && !selection.unfinished)
			out.spared.push_back(view);
		else
			out.targets.push_back(*target);
	}
	if (!selection.share.empty() && out.targets.empty() && out.spared.empty())
		return fss::fail(fss::HResult::ObjectNotFound,
		                 fmt::format("no shadow copy is of share {}", selection.share), 0,
		                 "fssctl list shows those there are");
	return out;
}

} // namespace fssctl
