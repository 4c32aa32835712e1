// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotSize.h"

#include "base/Fd.h"
#include "provider/btrfs/BtrfsFs.h"

#include <btrfsutil.h>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

namespace fss {

std::optional<SnapshotSize> snapshotSize(const std::string &path)
{
	const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	uint64_t id = 0;
	if (!fd || !btrfs::isSubvolumeRoot(fd.get()) ||
	    btrfs_util_subvolume_id_fd(fd.get(), &id) != BTRFS_UTIL_OK)
		return std::nullopt;
	// The group 0/ID is the subvolume's own: key (0, QGROUP_INFO, 0/ID).
	btrfs_ioctl_search_args args{};
	auto &key = args.key;
	key.tree_id = BTRFS_QUOTA_TREE_OBJECTID;
	key.min_type = key.max_type = BTRFS_QGROUP_INFO_KEY;
	key.min_offset = key.max_offset = id;
	key.max_transid = UINT64_MAX;
	key.nr_items = 1;
	if (ioctl(fd.get(), BTRFS_IOC_TREE_SEARCH, &args) != 0 || key.nr_items != 1)
		return std::nullopt; // ENOENT: there is no quota tree
	btrfs_ioctl_search_header header{};
	btrfs_qgroup_info_item item{};
	std::memcpy(&header, args.buf, sizeof(header));
	if (header.type != BTRFS_QGROUP_INFO_KEY || header.offset != id ||
	    header.len < sizeof(item))
		return std::nullopt;
	std::memcpy(&item, args.buf + sizeof(header), sizeof(item));
	return SnapshotSize{le64toh(item.rfer), le64toh(item.excl)};
}

} // namespace fss
