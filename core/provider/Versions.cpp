// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Versions.h"

#include "provider/btrfs/BtrfsProvider.h"
#include "provider/btrfs/BtrfsVersions.h"
#include "provider/btrfs/SnapshotStore.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss {

namespace {

bool isGone(const std::string &directory)
{
	struct stat info {};
	return lstat(directory.c_str(), &info) != 0 && errno == ENOENT;
}

} // namespace

Result<std::unique_ptr<VersionSource>> versionsOf(const std::string &path, const std::string &store)
{
	if (liesInStore(path))
		return nullptr;
	auto share = BtrfsProvider::place(path, store);
	if (!share)
		return tl::unexpected(share.error());
	return std::make_unique<BtrfsVersions>(std::move(*share));
}

Result<std::vector<Version>> KnownVersions::list()
{
	auto versions = source_->list();
	if (versions)
		std::sort(versions->begin(), versions->end(),
		          [](const Version &a, const Version &b) { return a.time > b.time; });
	return versions;
}

std::optional<std::string> KnownVersions::known(int64_t time)
{
	// A time may come to another snapshot when its own has gone.
	std::erase_if(known_, [&](const Version &each) {
		return each.time == time && isGone(each.directory);
	});
	for (const auto &version : known_)
		if (version.time == time)
			return version.directory;
	return std::nullopt;
}

Result<std::string> KnownVersions::find(int64_t time)
{
	if (auto directory = known(time))
		return *directory;
	auto versions = source_->list();
	if (!versions)
		return tl::unexpected(versions.error());
	const auto found = std::find_if(versions->begin(), versions->end(),
	                                [time](const auto &each) { return each.time == time; });
	if (found == versions->end())
		return fail(HResult::ObjectNotFound, fmt::format("find a version of {}", time),
		            ENOENT);
	known_.push_back(*found);
	return found->directory;
}

const Version *KnownVersions::at(const std::string &path) const
{
	for (const auto &version : known_) {
		const auto &directory = version.directory;
		if (path.starts_with(directory) &&
		    (path.size() == directory.size() || path[directory.size()] == '/'))
			return &version;
	}
	return nullptr;
}

} // namespace fss
