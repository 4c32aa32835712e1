// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/SetTable.h"

#include "fssctl/SetText.h"
#include "fssctl/Text.h"

namespace fssctl {

namespace {

// Of all its snapshots; "" where no volume has quota groups.
std::string exclusiveText(const SetView &view, Server &server)
{
	std::optional<uint64_t> total;
	for (const auto &snapshot : snapshotsOf(view, server))
		if (snapshot && snapshot->size)
			total = total.value_or(0) + snapshot->size->exclusive;
	return total ? sizeText(*total) : "";
}

std::string stateText(const SetView &view)
{
	if (view.set.undoing || !view.set.job)
		return view.state();
	return view.state() + (view.worked ? " (at work)" : " (worker died)");
}

} // namespace

Table setTable(const Survey &survey, Server &server)
{
	Table table({{"SET", 8, false, true},
	             {"STATE", 9},
	             {"SHARES", 8},
	             {"AGE", 0, true},
	             {"TIMER", 0, true},
	             {"CLIENT", 9},
	             {"EXCLUSIVE", 0, true}});
	for (const auto &view : survey.sets) {
		const auto created = view.created();
		table.add({{view.set.id.text(), Colour::None},
		           {stateText(view), colourOf(view)},
		           {plain(view.set.shareList())},
		           {created ? durationText(std::chrono::seconds(survey.now - *created))
		                    : "-"},
		           {view.timerLeft ? durationText(*view.timerLeft) : "-"},
		           {plain(view.set.client)},
		           {exclusiveText(view, server)}});
	}
	return table;
}

} // namespace fssctl
