// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/BtrfsPlaces.h"

#include <algorithm>
#include <libmount/libmount.h>
#include <memory>

namespace fss::doctor {

namespace {

std::vector<std::string> btrfsMounts(const Machine &machine)
{
	std::vector<std::string> found;
	const std::unique_ptr<libmnt_table, void (*)(libmnt_table *)> table(
	        mnt_new_table_from_file(machine.at("/proc/self/mountinfo").c_str()),
	        mnt_unref_table);
	const std::unique_ptr<libmnt_iter, void (*)(libmnt_iter *)> each(
	        mnt_new_iter(MNT_ITER_FORWARD), mnt_free_iter);
	libmnt_fs *fs = nullptr;
	while (table && each && mnt_table_next_fs(table.get(), each.get(), &fs) == 0)
		if (mnt_fs_get_fstype(fs) == std::string("btrfs") &&
		    mnt_fs_match_options(fs, "rw") == 1)
			found.emplace_back(mnt_fs_get_target(fs));
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
