// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/HiddenStores.h"

#include "base/Guid.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/SnapshotStore.h"

#include <algorithm>
#include <cstdlib>
#include <linux/btrfs_tree.h>
#include <memory>
#include <strings.h>
#include <sys/stat.h>

namespace fss {

namespace {

constexpr ino_t subvolumeRoot = BTRFS_FIRST_FREE_OBJECTID;

/// Takes the first component off a path; "" at its end.
std::string_view nextComponent(std::string_view &path)
{
	path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
	const auto name = path.substr(0, path.find('/'));
	path.remove_prefix(name.size());
	return name;
}

// Of every name that smbd comes by, twice for each file that it lists: so it looks
// for the dot that a store's name begins with, which most paths have nowhere.
bool hasStoreName(std::string_view path)
{
	static_assert(SnapshotStore::defaultName[0] == '.');
	for (auto at = path.find('.'); at != path.npos; at = path.find('.', at + 1)) {
		const bool begins = at == 0 || path[at - 1] == '/';
		if (begins && isStoreName(path.substr(at, path.find('/', at) - at)))
			return true;
	}
	return false;
}

/// The part of a path that ends with its first SHADOW-COPY-ID/snapshot; "": none.
std::string_view snapshotPlace(std::string_view path)
{
	std::string_view before, rest = path;
	for (auto name = nextComponent(rest); !name.empty(); name = nextComponent(rest)) {
		if (name == SnapshotStore::snapshotName && CopyId::parse(before))
			return path.substr(0, path.size() - rest.size());
		before = name;
	}
	return "";
}

/// The root of the subvolume that a directory lies in; "": its file system's.
std::string subvolumeOf(std::string path)
{
	struct stat info {};
	while (!path.empty() && (stat(path.c_str(), &info) != 0 || info.st_ino != subvolumeRoot))
		path = path.substr(0, path.rfind('/'));
	return path;
}

bool isAtOrBelow(std::string_view path, std::string_view directory)
{
	return path.starts_with(directory) &&
	       (path.size() == directory.size() || path[directory.size()] == '/');
}

/// Without "." and doubled slashes, "" for the root. SMB has no "..".
std::string tidied(std::string_view path)
{
	std::string out;
	for (auto name = nextComponent(path); !name.empty(); name = nextComponent(path)) {
		if (name == ".")
			continue;
		out += '/';
		out += name;
	}
	return out;
}

std::string resolved(const std::string &path)
{
	const std::unique_ptr<char, decltype(&free)> real(realpath(path.c_str(), nullptr), free);
	return tidied(real ? real.get() : path.c_str());
}

} // namespace

bool isStoreName(std::string_view name)
{
	constexpr std::string_view own = SnapshotStore::defaultName;
	return name.size() == own.size() && name.front() == own.front() &&
	       strncasecmp(name.data(), own.data(), own.size()) == 0;
}

HiddenStores::HiddenStores(const std::string &share, const std::vector<std::string> &configured)
        : share_(resolved(share)), written_(tidied(share)), snapshot_(snapshotPlace(share_))
{
	struct stat info {};
	if (stat(share.c_str(), &info) == 0)
		device_ = info.st_dev;
	for (const auto &path : configured) {
		if (path.empty() || path.front() != '/')
			continue;
		const auto place = resolved(path);
		add(place);
		add(tidied(path));
		// A snapshot of its volume carries the store's empty directories.
		if (!snapshot_.empty())
			add(snapshot_ + place.substr(subvolumeOf(place).size()));
		if (stat(path.c_str(), &info) == 0)
			inodes_.push_back({info.st_dev, info.st_ino});
	}
}

void HiddenStores::add(const std::string &path)
{
	stores_.push_back({path, isAtOrBelow(share_, path)});
}

HiddenStores::Position HiddenStores::positionOf(std::string_view path) const
{
	if (!path.starts_with('/'))
		return {true, path};
	for (const auto *root : {&share_, &written_})
		if (isAtOrBelow(path, *root))
			return {true, path.substr(root->size())};
	return {false, path};
}

std::string HiddenStores::absolute(std::string_view directory, std::string_view path) const
{
	if (path.starts_with('/'))
		directory = "";
	const auto start = positionOf(path.starts_with('/') ? path : directory);
	std::string out = start.below ? share_ : "";
	out += tidied(start.path);
	if (!path.starts_with('/'))
		out += tidied(path);
	return out;
}

bool HiddenStores::inConfigured(const std::string &path) const
{
	return std::any_of(stores_.begin(), stores_.end(), [&](const Store &store) {
		return isAtOrBelow(path, store.path) &&
		       !(store.holdsShare && isAtOrBelow(path, share_));
	});
}

bool HiddenStores::isOutside(std::string_view directory) const
{
	return directory.starts_with('/') && !positionOf(directory).below;
}

bool HiddenStores::leadsToShare(std::string_view directory, std::string_view path) const
{
	return isOutside(directory) && !path.starts_with('/') &&
	       isAtOrBelow(share_, absolute(directory, path));
}

bool HiddenStores::hides(std::string_view directory, std::string_view path) const
{
	// As good as always; what positionOf() leaves is a part of these.
	if (stores_.empty() && !hasStoreName(path) && !hasStoreName(directory))
		return false;
	if (isOutside(directory) && !path.starts_with('/'))
		return !leadsToShare(directory, path) && hides("", absolute(directory, path));
	if (hasStoreName(positionOf(path).path))
		return true;
	if (!path.starts_with('/') && hasStoreName(positionOf(directory).path))
		return true;
	return !stores_.empty() && inConfigured(absolute(directory, path));
}

// Of every name in a listing.
bool HiddenStores::hidesEntry(std::string_view directory, std::string_view name) const
{
	if (isStoreName(name))
		return !leadsToShare(directory, name);
	const bool mayBe = std::any_of(stores_.begin(), stores_.end(), [&](const Store &store) {
		return std::string_view(store.path).ends_with(name);
	});
	return mayBe && inConfigured(absolute(directory, name));
}

bool HiddenStores::hidesBelow(std::string_view path) const
{
	return positionOf(path).below && hides("", path);
}

bool HiddenStores::liesBelow(std::string_view directory, std::string_view path) const
{
	if (stores_.empty())
		return false;
	const auto place = absolute(directory, path);
	return std::any_of(stores_.begin(), stores_.end(), [&](const Store &store) {
		return store.path != place && isAtOrBelow(store.path, place);
	});
}

bool HiddenStores::holdsPath(const std::string &path) const
{
	if (!path.starts_with('/')) // a pipe's, in place of a file
		return false;
	const auto position = positionOf(path);
	if (hasStoreName(position.path) || inConfigured(path))
		return true;
	// A store that was renamed, or whose place this share does not know.
	return !(position.below && !snapshot_.empty()) && !snapshotPlace(position.path).empty();
}

bool HiddenStores::holds(int fd) const
{
	struct stat info {};
	if (fstat(fd, &info) != 0)
		return false;
	const bool elsewhere = info.st_dev != device_;
	// A default store and all snapshots are subvolumes of their own. A configured
	// store is a directory, and may be one of the share's own subvolume.
	if (!elsewhere && (stores_.empty() || !S_ISDIR(info.st_mode)))
		return false;
	const Inode inode{info.st_dev, info.st_ino};
	const auto path = btrfs::pathOf(fd);
	if (!path)
		return true;
	if (holdsPath(*path))
		return true;
	return std::find(inodes_.begin(), inodes_.end(), inode) != inodes_.end() &&
	       tidied(*path) != share_;
}

} // namespace fss
