// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/BtrfsPlaces.h"

#include <libmount/libmount.h>
#include <memory>

namespace fss::doctor {

std::optional<std::string> btrfsMount(const Machine &machine)
{
	const std::unique_ptr<libmnt_table, void (*)(libmnt_table *)> table(
	        mnt_new_table_from_file(machine.at("/proc/self/mountinfo").c_str()), mnt_unref_table);
	if (!table)
		return std::nullopt;
	std::optional<std::string> found;
	const std::unique_ptr<libmnt_iter, void (*)(libmnt_iter *)> each(
	        mnt_new_iter(MNT_ITER_FORWARD), mnt_free_iter);
	libmnt_fs *fs = nullptr;
	while (mnt_table_next_fs(table.get(), each.get(), &fs) == 0) {
		const std::string target = mnt_fs_get_target(fs);
		if (mnt_fs_get_fstype(fs) != std::string("btrfs") ||
		    mnt_fs_match_options(fs, "ro") == 1)
			continue;
		if (!found || target.size() < found->size())
			found = target;
	}
	return found;
}

} // namespace fss::doctor
