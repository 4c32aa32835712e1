// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Mounts.h"

#include <cerrno>
#include <fmt/format.h>
#include <libmount/libmount.h>
#include <memory>

namespace fss {

namespace {

std::string text(const char *value)
{
	return value != nullptr ? value : "";
}

} // namespace

Result<std::vector<Mount>> mounts(const std::string &table)
{
	const std::unique_ptr<libmnt_table, void (*)(libmnt_table *)> all(
	        mnt_new_table_from_file(table.c_str()), mnt_unref_table);
	const std::unique_ptr<libmnt_iter, void (*)(libmnt_iter *)> each(
	        mnt_new_iter(MNT_ITER_FORWARD), mnt_free_iter);
	if (!all || !each)
		return fail(HResult::Fail, fmt::format("read {}", table), errno);
	std::vector<Mount> found;
	libmnt_fs *mount = nullptr;
	while (mnt_table_next_fs(all.get(), each.get(), &mount) == 0)
		found.push_back({text(mnt_fs_get_target(mount)), text(mnt_fs_get_root(mount)),
		                 text(mnt_fs_get_fstype(mount)),
		                 mnt_fs_match_options(mount, "rw") == 1});
	return found;
}

} // namespace fss
