// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Refusal.h"

#include "base/Fd.h"
#include "provider/btrfs/Nested.h"

#include <btrfsutil.h>
#include <cerrno>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <memory>
#include <sys/stat.h>

namespace fss::btrfs {

namespace {

bool isFrozen(int fd)
{
	struct statx info {};
	return statx(fd, "", AT_EMPTY_PATH, 0, &info) == 0 &&
	       (info.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
}

bool isImmutable(int subvolume)
{
	const Fd parent(openat(subvolume, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return isFrozen(subvolume) || (parent && isFrozen(parent.get()));
}

bool isDefault(int subvolume)
{
	uint64_t own = 0, standard = 0;
	return btrfs_util_subvolume_id_fd(subvolume, &own) == BTRFS_UTIL_OK &&
	       btrfs_util_get_default_subvolume_fd(subvolume, &standard) == BTRFS_UTIL_OK &&
	       own == standard;
}

// The device number of a file is its subvolume's.
bool holdsSwapFile(int subvolume)
{
	struct stat own {};
	const std::unique_ptr<libmnt_table, void (*)(libmnt_table *)> swaps(mnt_new_table(),
	                                                                    mnt_unref_table);
	const std::unique_ptr<libmnt_iter, void (*)(libmnt_iter *)> each(
	        mnt_new_iter(MNT_ITER_FORWARD), mnt_free_iter);
	if (!swaps || !each || fstat(subvolume, &own) != 0 ||
	    mnt_table_parse_swaps(swaps.get(), nullptr) != 0)
		return false;
	libmnt_fs *swap = nullptr;
	while (mnt_table_next_fs(swaps.get(), each.get(), &swap) == 0) {
		struct stat file {};
		const char *const path = mnt_fs_get_source(swap);
		if (path != nullptr && stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
		    file.st_dev == own.st_dev)
			return true;
	}
	return false;
}

// Only a read-only subvolume can be sent.
bool maySend(int subvolume)
{
	bool readOnly = false;
	return btrfs_util_get_subvolume_read_only_fd(subvolume, &readOnly) == BTRFS_UTIL_OK &&
	       readOnly;
}

Circumstance circumstanceOf(int subvolume)
{
	if (isImmutable(subvolume))
		return Circumstance::Immutable;
	if (holdsSwapFile(subvolume))
		return Circumstance::SwapFile;
	if (isDefault(subvolume))
		return Circumstance::DefaultSubvolume;
	return maySend(subvolume) ? Circumstance::Sent : Circumstance::Any;
}

} // namespace

Circumstance whyNotDeleted(int subvolume)
{
	const int errnum = errno;
	auto why = circumstanceOf(subvolume);
	if (why == Circumstance::Any || why == Circumstance::Sent)
		if (const auto nested = openNested(subvolume))
			for (const auto &inside : *nested)
				if (const auto other = circumstanceOf(inside.fd.get());
				    other != Circumstance::Any && other != Circumstance::Sent)
					why = other;
	errno = errnum;
	return why;
}

tl::unexpected<Error> deletionFailed(int subvolume, std::string step)
{
	const int errnum = errno;
	const auto why =
	        errnum == EPERM && subvolume >= 0 ? whyNotDeleted(subvolume) : Circumstance::Any;
	return failed(Operation::Destroy, std::move(step), errnum, why);
}

} // namespace fss::btrfs
