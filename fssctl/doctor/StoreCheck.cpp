// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "fssctl/doctor/OptionNames.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace fss::doctor {

namespace {

constexpr const char *option = "fss:store directory";

/// A store, and what its remedies need to know.
struct Store {
	const Surroundings &at;
	const ShareInfo &share;
	std::string path;
	std::string fileSystem; ///< that it has to be on
	bool chosen;            ///< by fss:store directory
};

/// Takes the choice of the store back, where it was made.
Remedy backToDefault(const Store &store)
{
	for (const auto &[name, value] : store.at.samba.options(store.share.name))
		if (comparable("fss:" + name) == comparable(option))
			return removeParameter(store.at.samba, store.share.name, option);
	return removeParameter(store.at.samba, "global", option);
}

std::string realPath(const std::string &path)
{
	char resolved[PATH_MAX];
	return realpath(path.c_str(), resolved) != nullptr ? resolved : "";
}

// One that was received would take no incremental send any more; what to do
// instead stands in the finding.
bool isReceived(int fd)
{
	struct btrfs_util_subvolume_info info {};
	return btrfs_util_subvolume_info_fd(fd, 0, &info) == BTRFS_UTIL_OK &&
	       std::any_of(std::begin(info.received_uuid), std::end(info.received_uuid),
	                   [](auto byte) { return byte != 0; });
}

std::vector<Remedy> writable(const std::string &directory, int fd)
{
	bool readOnly = false;
	if (btrfs::isSubvolumeRoot(fd) &&
	    btrfs_util_get_subvolume_read_only_fd(fd, &readOnly) == BTRFS_UTIL_OK && readOnly) {
		if (isReceived(fd))
			return {};
		return {command({"btrfs", "property", "set", "-ts", directory, "ro", "false"})};
	}
	return {Remedy{fmt::format("mount -o remount,rw \"$(findmnt -n -o TARGET -T {})\"",
	                           quoted(directory))}};
}

bool isImmutable(int fd)
{
	struct statx info {};
	return statx(fd, "", AT_EMPTY_PATH, 0, &info) == 0 &&
	       (info.stx_attributes & STATX_ATTR_IMMUTABLE) != 0;
}

/// For a store that can be made, but not where it is to be.
std::vector<Remedy> parentRemedies(const Store &store)
{
	const auto parent = store.path.substr(0, std::max<size_t>(store.path.rfind('/'), 1));
	const Fd fd(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return {};
	if (isImmutable(fd.get()))
		return {command({"chattr", "-i", parent})};
	return writable(parent, fd.get());
}

/// For something that is not the store, in its place or on the way to it.
std::optional<std::vector<Remedy>> placeRemedies(const Store &store)
{
	struct stat info {};
	const auto &path = store.path;
	if (path.front() != '/')
		return std::vector{backToDefault(store)};
	if (lstat(path.c_str(), &info) != 0)
		return store.chosen ? std::vector{command({"install", "-d", "-m", "0700", path})}
		                    : parentRemedies(store);
	if (!store.chosen && S_ISLNK(info.st_mode))
		return std::vector{command({"rm", path})};
	const auto real = realPath(path);
	if (store.chosen && !real.empty() && real != path)
		return std::vector{setParameter(store.at.samba, store.share.name, option, real)};
	if (!S_ISDIR(info.st_mode))
		return store.chosen ? std::vector{backToDefault(store)}
		                    : std::vector{command({"mv", path, path + ".other"})};
	return std::nullopt;
}

/// What is wrong with the store may be several things.
std::vector<Remedy> remedies(const Store &store)
{
	if (auto place = placeRemedies(store))
		return *place;
	const auto &path = store.path;
	const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	struct stat info {};
	if (!fd || fstat(fd.get(), &info) != 0)
		return {};
	if (btrfs::fileSystemId(fd.get()) != store.fileSystem)
		return {store.chosen ? backToDefault(store) : command({"umount", path})};
	std::vector<Remedy> list;
	if (info.st_uid != 0)
		list.push_back(command({"chown", "root:root", path}));
	if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		list.push_back(command({"chmod", "go-w", path}));
	if (list.empty())
		return writable(path, fd.get());
	return list;
}

} // namespace

Findings checkStore(const Surroundings &at, const ShareInfo &share,
                    const btrfs::LocatedShare &located)
{
	constexpr const char *check = "store";
	const auto &volume = located.location.volume;
	const Store store{at, share, volume.store, btrfs::fsidOf(volume.id),
	                  !at.host.option(&share.name, "store directory").value_or("").empty()};
	// As BtrfsProvider::inspect() has it.
	if (volume.store.front() != '/')
		return {{check, share.name, Verdict::Error,
		         fmt::format("{} = {}: it must be an absolute path", option, volume.store),
		         remedies(store)}};
	const auto sound = SnapshotStore(volume.store).check(store.fileSystem);
	if (!sound)
		return {{check, share.name, Verdict::Error, sound.error().text(), remedies(store)}};
	return {ok(check, share.name,
	           fmt::format("'{}' is root's own, or can be made", volume.store))};
}

Findings checkQuotaGroups(const Surroundings &at, const ShareInfo &share,
                          const btrfs::LocatedShare &located)
{
	const auto &volume = located.location.volume;
	const auto groups = fmt::format("/sys/fs/btrfs/{}/qgroups", btrfs::fsidOf(volume.id));
	if (at.machine.exists(groups))
		return {ok("quota-groups", share.name,
		           "quota groups tell how much a snapshot holds alone")};
	return {{"quota-groups", share.name, Verdict::Info,
	         fmt::format(
	                 "quota groups are off on '{}': fssctl cannot tell how much room a shadow "
	                 "copy takes (they cost time; btrfs quota enable '{}')",
	                 volume.root, volume.root)}};
}

} // namespace fss::doctor
