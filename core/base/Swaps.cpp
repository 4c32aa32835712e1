// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Swaps.h"

#include <cerrno>
#include <fmt/format.h>
#include <libmount/libmount.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace fss {

Result<std::vector<std::string>> swapFiles(const std::string &table)
{
	const std::unique_ptr<libmnt_table, void (*)(libmnt_table *)> all(mnt_new_table(),
	                                                                  mnt_unref_table);
	const std::unique_ptr<libmnt_iter, void (*)(libmnt_iter *)> each(
	        mnt_new_iter(MNT_ITER_FORWARD), mnt_free_iter);
	if (!all || !each)
		return fail(HResult::Fail, fmt::format("read {}", table), ENOMEM);
	if (access(table.c_str(), F_OK) != 0 && errno == ENOENT)
		return std::vector<std::string>();
	if (const int error = mnt_table_parse_swaps(all.get(), table.c_str()); error != 0)
		return fail(HResult::Fail, fmt::format("read {}", table), -error);
	std::vector<std::string> found;
	libmnt_fs *swap = nullptr;
	while (mnt_table_next_fs(all.get(), each.get(), &swap) == 0) {
		const char *type = mnt_fs_get_swaptype(swap);
		const char *path = mnt_fs_get_source(swap);
		if (type != nullptr && path != nullptr && std::string_view(type) == "file")
			found.emplace_back(path);
	}
	return found;
}

} // namespace fss
