// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperProvider.h"

#include "provider/LookBelow.h"
#include "provider/btrfs/ActiveSwap.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/ShareLocation.h"
#include "provider/btrfs/SnapshotPlace.h"
#include "provider/btrfs/VolumeIds.h"
#include "snapper_backend/SnapperBatch.h"
#include "snapper_backend/VolumeNames.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss {

using namespace snapper;

namespace {

// A question that the agent's only thread for its clients waits for.
constexpr Timeout askTimeout = std::chrono::seconds(5);
// A snapperd that let it wait is not asked again for so long.
constexpr std::chrono::seconds silence(10);
// For work on other threads. Snapperd answers when it is done with all that
// others have asked for.
constexpr Timeout workTimeout = std::chrono::seconds(60);

Fd openDirectoryAt(const std::string &path)
{
	return Fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool isSame(const std::string &path, int fd)
{
	struct stat one {};
	struct stat other {};
	return stat(path.c_str(), &one) == 0 && fstat(fd, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// When names in a directory came or went last; "" where it is not there.
std::string lastChange(const std::string &directory)
{
	struct stat info {};
	if (stat(directory.c_str(), &info) != 0)
		return "";
	return fmt::format("{}.{}", info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

tl::unexpected<Error> notConfigured(const Volume &volume)
{
	return fail(HResult::NotSupported,
	            fmt::format("snapper has no configuration for '{}'", volume.root), 0,
	            fmt::format("snapper -c NAME create-config '{}'", volume.root));
}

tl::unexpected<Error> unsupported(Error error)
{
	error.code = HResult::NotSupported;
	return tl::unexpected(std::move(error));
}

// Nested subvolumes would be no snapshots of snapper's, and keep it from
// deleting its own.
Result<std::string> checkBelow(int root, const Volume &volume, const std::string &relativePath,
                               NestedPolicy policy)
{
	const bool include = policy == NestedPolicy::Include;
	auto leftOut = btrfs::checkNested(root, volume, relativePath,
	                                  include ? NestedPolicy::Refuse : policy);
	if (!leftOut && include)
		leftOut.error().advice = "snapper leaves nested subvolumes out: set fss:provider = "
		                         "btrfs, or fss:nested = ignore";
	return leftOut;
}

} // namespace

Result<void> SnapperProvider::checkAnswers() const
{
	const std::lock_guard lock(mutex_);
	if (std::chrono::steady_clock::now() < silentUntil_)
		return fail(HResult::Fail, "ask snapperd", ETIMEDOUT,
		            "it did not answer a moment ago; see systemctl status snapperd");
	return {};
}

void SnapperProvider::noteAnswer(bool came)
{
	const std::lock_guard lock(mutex_);
	silentUntil_ = came ? std::chrono::steady_clock::time_point()
	                    : std::chrono::steady_clock::now() + silence;
}

// The configuration whose subvolume the volume is, wherever it is mounted; the
// one that names its very path first.
Result<std::string> SnapperProvider::configOf(Session &session, const Volume &volume,
                                              Timeout timeout) const
{
	auto configs = session.configs(timeout);
	if (!configs)
		return tl::unexpected(configs.error());
	const auto own = btrfs::openVolume(asBtrfs(volume));
	if (!own)
		return tl::unexpected(own.error());
	auto store = SnapperStore::open(own->get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return notConfigured(volume);
	std::string found;
	for (const auto &config : *configs) {
		const auto subvolume = openDirectoryAt(config.subvolume);
		const auto id = btrfs::volumeIdOf(subvolume.get());
		if (!subvolume || !id || *id != renamed(volume.id, "btrfs"))
			continue;
		// Where .snapshots is mounted, it may be so at one path and not another.
		if (!isSame(pathBelow(config.subvolume, btrfs::snapperStoreName), (*store)->fd()))
			continue;
		if (config.subvolume == volume.root)
			return config.name;
		found = config.name;
	}
	if (found.empty())
		return notConfigured(volume);
	return found;
}

Result<Location> SnapperProvider::inspect(const std::string &path, const InspectOptions &options)
{
	auto located = btrfs::locateShare(path);
	if (!located)
		return tl::unexpected(located.error());
	auto &location = located->location;
	auto &volume = location.volume;
	volume.id = renamed(volume.id, providerName);
	volume.store = pathBelow(volume.root, btrfs::snapperStoreName);
	// Most volumes are none of snapper's, which need not be asked then.
	auto store = SnapperStore::open(located->root.get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store) {
		// To configure it would be no help where there is no snapper.
		const auto session = options.provider == ProviderChoice::Snapper
		                             ? service_->connect().map([](auto &&) {})
		                             : Result<void>();
		if (!session && isAbsence(session.error()))
			return unsupported(session.error());
		return notConfigured(volume);
	}
	auto config = checkAnswers()
	                      .and_then([&] { return service_->connect(); })
	                      .and_then([&](const auto &session) {
		                      return configOf(*session, volume, askTimeout);
	                      });
	noteAnswer(config || config.error().errnum != ETIMEDOUT);
	if (!config)
		return unsupported(config.error());
	auto leftOut =
	        checkBelow(located->root.get(), volume, location.relativePath, options.nested);
	if (!leftOut)
		return tl::unexpected(leftOut.error());
	location.leftOut = *leftOut;
	// What is nested is not in snapper's snapshots.
	if (auto able = btrfs::checkSwapFiles(swaps_, asBtrfs(volume), NestedPolicy::Ignore); !able)
		return tl::unexpected(able.error());
	return location;
}

Result<void> SnapperProvider::checkRoom(const Volume &volume, const MinimumFree &minimum)
{
	return btrfs_.checkRoom(asBtrfs(volume), minimum);
}

Result<void> SnapperProvider::awaitRoom(const Volume &volume, const MinimumFree &minimum)
{
	return btrfs_.awaitRoom(asBtrfs(volume), minimum);
}

Result<std::string> SnapperProvider::lookBelow(const SnapshotRequest &request)
{
	const auto &volume = request.volume;
	const auto root = btrfs::openVolume(asBtrfs(volume));
	if (!root)
		return tl::unexpected(root.error());
	return lookBelowEach(request, [&](const std::string &path, NestedPolicy policy) {
		return checkBelow(root->get(), volume, path, policy);
	});
}

Result<std::unique_ptr<SnapshotBatch>>
SnapperProvider::begin(std::span<const SnapshotRequest> requests)
{
	auto session = service_->connect();
	if (!session)
		return tl::unexpected(session.error());
	auto batch = std::make_unique<SnapperBatch>(
	        *service_, [this](const CopyId &id, std::shared_ptr<Session> unanswered) {
		        const std::lock_guard lock(mutex_);
		        unanswered_[id.text()] = std::move(unanswered);
	        });
	for (const auto &request : requests) {
		if (auto able = btrfs::checkSwapFiles(swaps_, asBtrfs(request.volume),
		                                      NestedPolicy::Ignore);
		    !able)
			return tl::unexpected(able.error());
		auto added = configOf(**session, request.volume, workTimeout)
		                     .and_then([&](const auto &config) {
			                     return batch->add(request, config);
		                     });
		if (!added)
			return tl::unexpected(added.error());
		watch(request.volume);
	}
	return batch;
}

Result<Adoption> SnapperProvider::adopt(const ForeignSnapshot &snapshot)
{
	return fail(HResult::NotSupported,
	            fmt::format("'{}' is taken over by nobody but snapper", snapshot.path));
}

Result<void> SnapperProvider::seal(const SnapshotRef &snapshot)
{
	return btrfs_.seal(asBtrfs(snapshot));
}

void SnapperProvider::watch(const Volume &volume)
{
	const std::lock_guard lock(mutex_);
	watched_.try_emplace(volume.store, lastChange(volume.store));
}

bool SnapperProvider::mayHaveLost()
{
	const std::lock_guard lock(mutex_);
	bool changed = false;
	for (auto &[store, seen] : watched_) {
		auto now = lastChange(store);
		changed = changed || now != seen;
		seen = std::move(now);
	}
	return changed;
}

Result<SnapshotPresence> SnapperProvider::presence(const SnapshotRef &snapshot)
{
	watch(snapshot.volume);
	const auto here = presenceInVolume(snapshot);
	if (snapshot.uuid.empty() || here == SnapshotPresence::Present)
		return here;
	const auto elsewhere = btrfs::findAnywhere(asBtrfs(snapshot));
	if (!elsewhere)
		return here ? tl::unexpected(elsewhere.error()) : here;
	if (!*elsewhere)
		return SnapshotPresence::Absent;
	if (!here)
		return here;
	return fail(HResult::Fail, fmt::format("'{}'", snapshot.path), ENOENT,
	            fmt::format("the snapshot lies at '{}' now, seen from its file system's top "
	                        "level; move it back, or delete the shadow copy",
	                        **elsewhere));
}

Result<SnapshotPresence> SnapperProvider::presenceInVolume(const SnapshotRef &snapshot)
{
	auto volume = btrfs::openVolume(asBtrfs(snapshot.volume));
	if (!volume)
		return tl::unexpected(volume.error());
	auto store = SnapperStore::open(volume->get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return SnapshotPresence::Absent;
	auto numbers = (*store)->numbers();
	if (!numbers)
		return tl::unexpected(numbers.error());
	// Snapper gives the last number anew: the path does not tell.
	for (const auto number : *numbers) {
		auto entry = (*store)->entry(number);
		if (!entry)
			return tl::unexpected(entry.error());
		const bool its = snapshot.uuid.empty() ? entry->copy == snapshot.id
		                                       : entry->uuid == snapshot.uuid;
		if (entry->snapshot && its)
			return SnapshotPresence::Present;
	}
	return SnapshotPresence::Absent;
}

std::string SnapperProvider::exposedPath(const SnapshotRef &snapshot,
                                         const std::string &relativePath) const
{
	return btrfs_.exposedPath(asBtrfs(snapshot), relativePath);
}

} // namespace fss
