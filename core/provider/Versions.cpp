// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Versions.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "provider/btrfs/BtrfsVersions.h"
#include "provider/btrfs/SnapshotStore.h"
#include "publish/ModuleList.h"
#include "snapper_backend/SnapperVersions.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss {

Result<Fd> VersionSource::open(const Version &version) const
{
	return fail(HResult::ObjectNotFound, fmt::format("open '{}'", version.directory), ENOENT);
}

Result<void> allowVersionsBeside(std::string_view member)
{
	static constexpr std::array<std::string_view, 4> others{"shadow_copy", "shadow_copy2",
	                                                        "snapper", "ceph_snapshots"};
	const auto name = moduleName(member);
	if (std::ranges::find(others, name) == others.end())
		return {};
	return fail(HResult::NotSupported, "show previous versions", EINVAL,
	            fmt::format("module {} shows its own; remove it from vfs objects, or set "
	                        "fss:previous versions = no",
	                        name));
}

Result<std::unique_ptr<VersionSource>> versionsOf(const std::string &path, const std::string &store,
                                                  ProviderChoice provider)
{
	if (liesInStore(path))
		return nullptr;
	auto share = BtrfsProvider::place(path, store);
	if (!share)
		return tl::unexpected(share.error());
	std::unique_ptr<VersionSource> own = std::make_unique<BtrfsVersions>(*share);
	if (provider != ProviderChoice::Auto && provider != ProviderChoice::Snapper)
		return own;
	return std::make_unique<SnapperVersions>(std::move(*share), std::move(own));
}

Result<std::vector<Version>> KnownVersions::list()
{
	auto versions = source_->list();
	if (versions)
		std::sort(versions->begin(), versions->end(),
		          [](const Version &a, const Version &b) { return a.time > b.time; });
	return versions;
}

bool KnownVersions::isGone(const Known &known)
{
	const auto &closed = known.version.closed;
	if (closed && !known.root)
		return false; // find() tells
	if (closed) {
		// What was deleted has " (deleted)" behind its path.
		const auto path = btrfs::pathOf(known.root.get());
		return !path || *path != closed->path;
	}
	struct stat info {};
	return lstat(known.version.directory.c_str(), &info) != 0 && errno == ENOENT;
}

// Samba opens the last component of a path only if that is no link, and one of
// /proc/self/fd is.
std::string KnownVersions::wayTo(const Known &known)
{
	const auto &[time, directory, closed] = known.version;
	if (!closed)
		return directory;
	return fmt::format("/proc/self/fd/{}/.{}", known.root.get(),
	                   directory.substr(closed->path.size()));
}

template <class Predicate> void KnownVersions::forget(Predicate predicate)
{
	const auto gone = std::stable_partition(
	        known_.begin(), known_.end(), [&](const Known &each) { return !predicate(each); });
	for (auto each = gone; each != known_.end(); ++each)
		forgotten_.push_back(std::move(each->root));
	known_.erase(gone, known_.end());
}

std::optional<std::string> KnownVersions::known(int64_t time)
{
	// A time may come to another snapshot when its own has gone.
	forget([&](const Known &each) { return each.version.time == time && isGone(each); });
	for (auto &each : known_) {
		if (each.version.time != time || (each.version.closed && !each.root))
			continue;
		each.used = true;
		return wayTo(each);
	}
	return std::nullopt;
}

Result<std::string> KnownVersions::find(int64_t time)
{
	if (auto way = known(time))
		return *way;
	auto versions = source_->list();
	if (!versions)
		return tl::unexpected(versions.error());
	const auto found = std::find_if(versions->begin(), versions->end(),
	                                [time](const auto &each) { return each.time == time; });
	if (found == versions->end())
		return fail(HResult::ObjectNotFound, fmt::format("find a version of {}", time),
		            ENOENT);
	Fd root;
	if (found->closed) {
		auto opened = source_->open(*found);
		if (!opened)
			return tl::unexpected(opened.error());
		root = std::move(*opened);
	}
	// A path may come to another snapshot, too.
	forget([&](const Known &each) {
		return each.version.time == time || each.version.directory == found->directory;
	});
	known_.push_back({std::move(*found), std::move(root)});
	return wayTo(known_.back());
}

bool KnownVersions::closeUnused()
{
	bool held = false;
	forgotten_.clear();
	for (auto &each : known_) {
		if (!each.used)
			each.root.reset();
		each.used = false;
		held = held || each.root;
	}
	return held;
}

const Version *KnownVersions::at(const std::string &path) const
{
	for (const auto &[version, root, used] : known_) {
		const auto &directory = version.directory;
		if (path.starts_with(directory) &&
		    (path.size() == directory.size() || path[directory.size()] == '/'))
			return &version;
	}
	return nullptr;
}

} // namespace fss
