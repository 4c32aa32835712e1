// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperStore.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "snapper_backend/SnapshotInfo.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace fss::snapper {

namespace {

constexpr const char *snapshotName = "snapshot";
constexpr const char *infoName = "info.xml";
constexpr off_t longestInfo = 1 << 20;

// Seen and set by root only.
std::string markName(const CopyId &id)
{
	return "trusted.fss." + id.text();
}

bool isRootsOwn(const struct stat &info)
{
	return S_ISDIR(info.st_mode) && info.st_uid == 0 && (info.st_mode & S_IWOTH) == 0;
}

std::optional<uint32_t> numberIn(std::string_view name)
{
	uint32_t number = 0;
	const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
	const bool whole = parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
	return whole && number != 0 ? std::optional(number) : std::nullopt;
}

Result<void> forEachName(int directory, const std::function<void(const std::string &)> &fn)
{
	const std::unique_ptr<DIR, int (*)(DIR *)> list(
	        fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), closedir);
	if (!list)
		return failed(Operation::Examine, "list snapper's snapshots", errno);
	errno = 0;
	while (const dirent *found = readdir(list.get())) {
		const std::string name = found->d_name;
		if (name != "." && name != "..")
			fn(name);
		errno = 0;
	}
	if (errno != 0)
		return failed(Operation::Examine, "list snapper's snapshots", errno);
	return {};
}

// Of a regular file; "" of another, and of one that is too long to be snapper's.
std::string readAll(int fd)
{
	struct stat info {};
	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > longestInfo)
		return "";
	std::string text(static_cast<size_t>(info.st_size), '\0');
	const auto length = pread(fd, text.data(), text.size(), 0);
	text.resize(static_cast<size_t>(std::max<ssize_t>(length, 0)));
	return text;
}

} // namespace

Result<void> mark(int volume, const CopyId &id)
{
	if (fsetxattr(volume, markName(id).c_str(), "", 0, 0) != 0)
		return fail(HResult::Fail, "mark the volume for its snapshot", errno,
		            "the volume must be writable");
	return {};
}

Result<void> unmark(int volume, const CopyId &id)
{
	if (fremovexattr(volume, markName(id).c_str()) != 0 && errno != ENODATA)
		return failed(Operation::Create, "take the mark off the volume", errno);
	return {};
}

bool isMarked(int directory, const CopyId &id)
{
	return fgetxattr(directory, markName(id).c_str(), nullptr, 0) >= 0;
}

Result<std::optional<SnapperStore>> SnapperStore::open(int volume)
{
	Fd fd(openat(volume, btrfs::snapperStoreName,
	             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!fd && errno == ENOENT)
		return std::nullopt;
	return at(std::move(fd)).map([](SnapperStore &&store) {
		return std::optional(std::move(store));
	});
}

Result<SnapperStore> SnapperStore::at(Fd directory)
{
	struct stat info {};
	if (!directory || fstat(directory.get(), &info) != 0)
		return fail(HResult::NotSupported, "open snapper's .snapshots", errno);
	if (!isRootsOwn(info))
		return fail(HResult::NotSupported, "use .snapshots", EPERM,
		            "it must be root's, and nobody else's to write to");
	return SnapperStore(std::move(directory));
}

Result<std::vector<uint32_t>> SnapperStore::numbers() const
{
	std::vector<uint32_t> numbers;
	auto listed = forEachName(fd(), [&](const auto &name) {
		if (const auto number = numberIn(name))
			numbers.push_back(*number);
	});
	if (!listed)
		return tl::unexpected(listed.error());
	return numbers;
}

Result<Entry> SnapperStore::entry(uint32_t number) const
{
	Entry found;
	found.number = number;
	auto directory = btrfs::openDirectory(fd(), std::to_string(number));
	if (!directory)
		return tl::unexpected(directory.error());
	struct stat info {};
	if (!*directory || fstat(directory->get(), &info) != 0 || !isRootsOwn(info))
		return found;
	found.directory = std::move(*directory);
	auto snapshot = btrfs::openDirectory(found.directory.get(), snapshotName);
	if (!snapshot)
		return tl::unexpected(snapshot.error());
	struct btrfs_util_subvolume_info subvolume {};
	if (*snapshot && btrfs::isSubvolumeRoot(snapshot->get())) {
		if (auto error = btrfs_util_subvolume_info_fd(snapshot->get(), 0, &subvolume);
		    error != BTRFS_UTIL_OK)
			return btrfs::failure(Operation::Change, pathOf(number), error);
		found.uuid = btrfs::uuidText(subvolume.uuid);
		found.snapshot = std::move(*snapshot);
	}
	const Fd text(openat(found.directory.get(), infoName,
	                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
	if (!text && errno != ENOENT)
		return failed(Operation::Examine,
		              fmt::format("open {} of snapshot {}", infoName, number), errno);
	found.described = static_cast<bool>(text);
	if (!text)
		return found;
	const auto described = readInfo(readAll(text.get()));
	if (described) {
		found.copy = described->copy;
		if (described->number == number)
			found.date = described->date;
	}
	return found;
}

Result<void> SnapperStore::remove(const Entry &entry) const
{
	if (auto gone = btrfs::destroyTree(entry.directory.get(), snapshotName); !gone)
		return gone;
	auto emptied = forEachName(entry.directory.get(), [&](const auto &name) {
		unlinkat(entry.directory.get(), name.c_str(), 0);
	});
	if (!emptied)
		return emptied;
	if (unlinkat(fd(), std::to_string(entry.number).c_str(), AT_REMOVEDIR) != 0 &&
	    errno != ENOENT)
		return failed(Operation::Examine, fmt::format("remove .snapshots/{}", entry.number),
		              errno);
	return {};
}

void SnapperStore::removeEmpty(uint32_t number) const
{
	unlinkat(fd(), std::to_string(number).c_str(), AT_REMOVEDIR);
}

std::string SnapperStore::pathOf(uint32_t number)
{
	return fmt::format("{}/{}/{}", btrfs::snapperStoreName, number, snapshotName);
}

} // namespace fss::snapper
