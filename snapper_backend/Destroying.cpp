// SPDX-License-Identifier: GPL-3.0-or-later
/// How snapshots of snapper's are destroyed: by snapperd, and what a snapperd
/// that was killed has left by hand.
#include "snapper_backend/SnapperProvider.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotPlace.h"
#include "provider/btrfs/VolumeIds.h"
#include "provider/btrfs/WholeFileSystem.h"
#include "snapper_backend/VolumeNames.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <regex>
#include <thread>
#include <unistd.h>

namespace fss {

using namespace snapper;

namespace {

constexpr Timeout patience = std::chrono::seconds(60);
// How long a snapshot may take to begin whose asker is gone. What has begun is
// waited for.
constexpr std::chrono::milliseconds settling(700);

bool isOf(const Snapshot &snapshot, const CopyId &id)
{
	const auto found = snapshot.userData.find(copyKey);
	return found != snapshot.userData.end() && CopyId::parse(found->second) == id;
}

// Directories that have nothing in them, for the moment or for good.
Result<std::vector<uint32_t>> emptyOnes(const SnapperStore &store)
{
	auto numbers = store.numbers();
	if (!numbers)
		return numbers;
	std::erase_if(*numbers, [&](const auto number) {
		const auto entry = store.entry(number);
		return !entry || !entry->isEmpty();
	});
	return numbers;
}

tl::unexpected<Error> withoutId(const std::string &path, const CopyId &id)
{
	return fail(HResult::Fail, fmt::format("delete '{}'", path), EPERM,
	            fmt::format("its user data lacks {}={}; delete it with snapper", copyKey,
	                        id.text()));
}

// The store around a snapshot at STORE/NUMBER/snapshot, and the snapshot in it;
// nothing where a path from the top level is of another form.
struct Stored {
	SnapperStore store;
	Entry entry;
};

Result<std::optional<Stored>> storeAround(const Volume &volume, const std::string &path)
{
	static const std::regex form("(.*)/([1-9][0-9]{0,8})/snapshot");
	std::smatch parts;
	if (!std::regex_match(path, parts, form))
		return std::nullopt;
	auto fileSystem = btrfs::openFileSystem(btrfs::fsidOf(volume.id), volume.root);
	if (!fileSystem)
		return tl::unexpected(fileSystem.error());
	const auto top = btrfs::openTopLevel(fileSystem->get());
	if (!top)
		return tl::unexpected(top.error());
	auto directory = btrfs::openBeneath(top->get(), parts[1]);
	if (!directory)
		return tl::unexpected(directory.error());
	auto store = SnapperStore::at(std::move(*directory));
	if (!store) // a user's directory: snapper has nothing there
		return std::nullopt;
	auto entry = store->entry(static_cast<uint32_t>(std::stoul(parts[2])));
	if (!entry)
		return tl::unexpected(entry.error());
	return Stored{std::move(*store), std::move(*entry)};
}

// What snapper has beside it goes with it.
Result<void> destroyElsewhere(const SnapshotRef &snapshot)
{
	const auto path = btrfs::findAnywhere(snapshot);
	if (!path)
		return tl::unexpected(path.error());
	if (!*path)
		return {};
	const auto mounted = btrfs::mountOf(btrfs::fsidOf(snapshot.volume.id), **path);
	if (!mounted)
		return tl::unexpected(mounted.error());
	if (!mounted->empty())
		return fail(HResult::Fail, fmt::format("delete '{}'", **path), EBUSY,
		            fmt::format("it is mounted at '{}'", *mounted));
	const auto around = storeAround(snapshot.volume, **path);
	if (!around)
		return tl::unexpected(around.error());
	if (*around && (*around)->entry.described && (*around)->entry.uuid == snapshot.uuid) {
		if ((*around)->entry.copy != snapshot.id)
			return withoutId(**path, snapshot.id);
		if (auto gone = (*around)->store.remove((*around)->entry); !gone)
			return gone;
	}
	return btrfs::destroyAnywhere(snapshot).map([](bool) {});
}

} // namespace

Result<std::shared_ptr<Session>> SnapperProvider::sessionFor(const CopyId &id)
{
	{
		const std::lock_guard lock(mutex_);
		if (auto found = unanswered_.find(id.text()); found != unanswered_.end())
			return found->second;
	}
	return service_->connect().map(
	        [](auto &&session) { return std::shared_ptr<Session>(std::move(session)); });
}

Result<std::optional<SnapperProvider::Listing>> SnapperProvider::list(const CopyId &id,
                                                                      const Volume &volume)
{
	auto session = sessionFor(id);
	if (!session && isAbsence(session.error()))
		return std::nullopt;
	if (!session)
		return tl::unexpected(session.error());
	auto config = configOf(**session, volume, patience);
	if (!config && (isAbsence(config.error()) || config.error().code == HResult::NotSupported))
		return std::nullopt;
	if (!config)
		return tl::unexpected(config.error());
	auto snapshots = (*session)->snapshots(*config, patience);
	if (!snapshots)
		return tl::unexpected(snapshots.error());
	return Listing{*config, std::move(*snapshots)};
}

Result<void> SnapperProvider::removeListed(const SnapperStore &store, const SnapshotRef &snapshot,
                                           const Listing &listing)
{
	std::vector<uint32_t> numbers;
	for (const auto &each : listing.snapshots)
		if (isOf(each, snapshot.id))
			numbers.push_back(each.number);
	if (numbers.empty())
		return {};
	for (const auto number : numbers) {
		auto entry = store.entry(number);
		if (!entry)
			return tl::unexpected(entry.error());
		if (!snapshot.uuid.empty() && entry->snapshot && entry->uuid != snapshot.uuid)
			return fail(HResult::Fail,
			            fmt::format("snapper's snapshot {} of configuration {}", number,
			                        listing.config),
			            ESTALE, "it is not the one that was made; remove it by hand");
	}
	auto session = service_->connect();
	if (!session)
		return tl::unexpected(session.error());
	auto removed = (*session)->remove(listing.config, numbers, patience);
	if (!removed && removed.error().errnum != ESTALE) // deleted by another meanwhile
		return removed;
	for (const auto number : numbers) {
		auto entry = store.entry(number);
		if (entry && entry->snapshot && entry->copy == snapshot.id)
			return fail(HResult::Fail,
			            fmt::format("delete snapper's snapshot {} of configuration {}",
			                        number, listing.config),
			            EBUSY,
			            "snapper keeps the default and the active snapshot of a "
			            "volume; boot another, and see snapper rollback");
	}
	return {};
}

// What is the shadow copy's and snapper does not know: it was killed at it, or
// has no configuration any more.
Result<void> SnapperProvider::removeRemains(const SnapperStore &store, const CopyId &id)
{
	auto numbers = store.numbers();
	if (!numbers)
		return tl::unexpected(numbers.error());
	for (const auto number : *numbers) {
		auto entry = store.entry(number);
		if (!entry)
			return tl::unexpected(entry.error());
		const bool undescribed =
		        !entry->described && entry->snapshot && isMarked(entry->snapshot.get(), id);
		if (entry->copy != id && !undescribed)
			continue;
		if (auto gone = store.remove(*entry); !gone)
			return gone;
	}
	return {};
}

Result<void> SnapperProvider::tryToRemoveFrom(const SnapperStore &store,
                                              const SnapshotRef &snapshot)
{
	auto empty = emptyOnes(store);
	if (!empty)
		return tl::unexpected(empty.error());
	auto listing = list(snapshot.id, snapshot.volume);
	if (!listing)
		return tl::unexpected(listing.error());
	if (*listing)
		if (auto gone = removeListed(store, snapshot, **listing); !gone)
			return gone;
	if (auto gone = removeRemains(store, snapshot.id); !gone)
		return gone;
	// Snapperd does one thing at a time: what it was at has ended with its
	// answer, and a new snapshot gets a directory of its own.
	if (*listing)
		for (const auto number : *empty)
			store.removeEmpty(number);
	return {};
}

// Where snapperd ends meanwhile, D-Bus starts another.
Result<void> SnapperProvider::removeFrom(const SnapperStore &store, const SnapshotRef &snapshot)
{
	auto gone = tryToRemoveFrom(store, snapshot);
	if (gone || gone.error().errnum != ECONNRESET)
		return gone;
	{
		const std::lock_guard lock(mutex_);
		unanswered_.erase(snapshot.id.text());
	}
	return tryToRemoveFrom(store, snapshot);
}

Result<void> SnapperProvider::destroyInVolume(const SnapshotRef &snapshot,
                                              std::vector<Fd> &directories)
{
	auto volume = btrfs::openVolume(asBtrfs(snapshot.volume));
	if (!volume)
		return tl::unexpected(volume.error());
	auto store = SnapperStore::open(volume->get());
	if (!store)
		return tl::unexpected(store.error());
	const auto forget = [&] {
		const std::lock_guard lock(mutex_);
		return unanswered_.erase(snapshot.id.text()) != 0;
	};
	if (*store) {
		if (auto gone = removeFrom(**store, snapshot); !gone) {
			// A conversation that is broken is of no use the next time.
			if (gone.error().errnum != ETIMEDOUT)
				forget();
			return gone;
		}
		// Its asker is dead, and snapperd may not have got to it yet.
		if (!forget() && isMarked(volume->get(), snapshot.id)) {
			std::this_thread::sleep_for(settling);
			if (auto gone = removeFrom(**store, snapshot); !gone)
				return gone;
		}
		if (auto left = presenceInVolume(snapshot);
		    left && *left == SnapshotPresence::Present)
			return withoutId(snapshot.path, snapshot.id);
		if (auto fd = Fd(fcntl((*store)->fd(), F_DUPFD_CLOEXEC, 0)))
			directories.push_back(std::move(fd));
	}
	return unmark(volume->get(), snapshot.id);
}

// It is gone when its file system has no subvolume of its uuid any more: an
// administrator may have moved the store, or put another volume into the volume's place.
Result<void> SnapperProvider::destroyOne(const SnapshotRef &snapshot, std::vector<Fd> &directories)
{
	const auto here = presenceInVolume(snapshot);
	const auto inVolume = destroyInVolume(snapshot, directories);
	// What is here still has been refused for a reason.
	if (snapshot.uuid.empty() || (!inVolume && here == SnapshotPresence::Present))
		return inVolume;
	const auto elsewhere = destroyElsewhere(asBtrfs(snapshot));
	if (!elsewhere && !inVolume && elsewhere.error().errnum == ENODEV)
		return inVolume;
	// In a volume that can be reached, nothing of it may stay.
	return elsewhere && here ? inVolume : elsewhere;
}

Result<void> SnapperProvider::destroy(std::span<const SnapshotRef> snapshots)
{
	Result<void> outcome;
	std::vector<Fd> directories;
	for (const auto &snapshot : snapshots)
		if (auto gone = destroyOne(snapshot, directories); !gone)
			outcome = gone;
	// Commits the transaction, as for a directory that has lost a subvolume.
	for (const auto &directory : directories)
		if (fsync(directory.get()) != 0)
			return failed(Operation::Examine, "wait for the file system", errno);
	return outcome;
}

} // namespace fss
