// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/BtrfsPlaces.h"

#include "base/Mounts.h"

#include <algorithm>

namespace fss::doctor {

namespace {

std::vector<std::string> btrfsMounts(const Machine &machine)
{
	std::vector<std::string> found;
	const auto all = mounts(machine.at("/proc/self/mountinfo"));
	if (!all)
		return found;
	for (const auto &mount : *all)
		if (mount.type == "btrfs" && mount.writable)
			found.push_back(mount.target);
	return found;
}

bool holds(const std::string &mount, const std::string &path)
{
	return (path + "/").starts_with(mount == "/" ? mount : mount + "/");
}

} // namespace

std::optional<std::string> btrfsMount(const Machine &machine,
                                      const std::vector<std::string> &preferred)
{
	auto mounts = btrfsMounts(machine);
	std::stable_sort(mounts.begin(), mounts.end(),
	                 [](const auto &a, const auto &b) { return a.size() < b.size(); });
	const auto chosen = std::find_if(mounts.begin(), mounts.end(), [&](const auto &mount) {
		return std::any_of(preferred.begin(), preferred.end(),
		                   [&](const auto &path) { return holds(mount, path); });
	});
	if (chosen != mounts.end())
		return *chosen;
	return mounts.empty() ? std::nullopt : std::optional(mounts.front());
}

} // namespace fss::doctor
