// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/InheritedModules.h"

#include "protect/ModuleOrder.h"
#include "publish/ModuleList.h"

#include <algorithm>
#include <array>

namespace fss {

namespace {

using Members = std::vector<std::string>;

// Speed, durability, earlier versions, and what Samba's own tests use.
constexpr std::array<std::string_view, 22> harmless{
        "aio_fork",       "aio_pthread", "aio_ratelimit", "btrfs",          "cacheprime",
        "ceph_snapshots", "commit",      "crossrename",   "delay_inject",   "dirsort",
        "error_inject",   "fake_dfq",    "io_uring",      "linux_xfs_sgid", "prealloc",
        "preopen",        "readahead",   "shadow_copy",   "shadow_copy2",   "shell_snap",
        "syncops",        "time_audit"};

Members::const_iterator find(const Members &members, std::string_view member)
{
	const auto name = moduleName(member);
	return std::find_if(members.begin(), members.end(),
	                    [&](const auto &other) { return moduleName(other) == name; });
}

bool has(const Members &members, std::string_view member)
{
	return find(members, member) != members.end();
}

void keepFruitBeforeStreams(Members &members)
{
	const auto fruit = find(members, "fruit") - members.begin();
	for (const char *keeper : {"streams_xattr", "streams_depot"}) {
		const auto streams = find(members, keeper) - members.begin();
		if (streams < fruit && fruit < std::ssize(members))
			std::rotate(members.begin() + streams, members.begin() + fruit,
			            members.begin() + fruit + 1);
	}
}

} // namespace

std::vector<std::string> droppedModules(const Members &global, const Members &share)
{
	Members dropped;
	std::copy_if(global.begin(), global.end(), std::back_inserter(dropped),
	             [&](const auto &member) { return !has(share, member); });
	return dropped;
}

std::vector<std::string> mergedModules(const Members &global, const Members &share)
{
	Members merged, waiting;
	auto next = share.begin();
	const auto takeUpTo = [&](auto end) {
		merged.insert(merged.end(), next, end);
		merged.insert(merged.end(), waiting.begin(), waiting.end());
		waiting.clear();
		next = end;
	};
	for (const auto &member : global) {
		const auto common = find(share, member);
		if (common == share.end() && !has(waiting, member))
			waiting.push_back(member);
		else if (common >= next && common != share.end())
			takeUpTo(common);
	}
	takeUpTo(share.end());
	keepFruitBeforeStreams(merged);
	return orderedModules(std::move(merged));
}

bool changesFiles(std::string_view member)
{
	const auto name = moduleName(member);
	return std::find(harmless.begin(), harmless.end(), name) == harmless.end();
}

} // namespace fss
