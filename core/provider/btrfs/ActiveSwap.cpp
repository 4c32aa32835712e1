// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/ActiveSwap.h"

#include "base/Fd.h"
#include "base/Swaps.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/VolumeIds.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace fss::btrfs {

namespace {

// The volumes that a file lies in, from its own outwards. None where it cannot be
// reached by its path, on another file system, or gone: then the snapshot call tells.
std::vector<VolumeId> volumesOf(const std::string &file)
{
	const Fd fd(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	const auto fsid = fd ? fileSystemId(fd.get()) : std::nullopt;
	if (!fsid)
		return {};
	auto volumes = volumesAround(fd.get(), *fsid);
	return volumes ? std::move(*volumes) : std::vector<VolumeId>();
}

} // namespace

Result<void> checkSwapFiles(const std::string &table, const Volume &volume, NestedPolicy nested)
{
	const auto files = swapFiles(table);
	if (!files)
		return tl::unexpected(files.error());
	for (const auto &file : *files) {
		auto volumes = volumesOf(file);
		if (nested != NestedPolicy::Include && volumes.size() > 1)
			volumes.resize(1);
		if (std::find(volumes.begin(), volumes.end(), volume.id) == volumes.end())
			continue;
		return fail(HResult::NotSupported,
		            fmt::format("'{}' is an active swap file in '{}', of which btrfs makes "
		                        "no snapshot therefore",
		                        file, volume.root),
		            ETXTBSY,
		            fmt::format("swapoff '{}', or move it to a subvolume of its own that "
		                        "is no part of the shadow copy",
		                        file));
	}
	return {};
}

} // namespace fss::btrfs
