// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperVersions.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"
#include "snapper_backend/SnapperStore.h"
#include "snapper_backend/SnapshotTime.h"
#include "snapper_backend/VolumeNames.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <set>
#include <tuple>

namespace fss {

using namespace snapper;

namespace {

struct Candidate {
	uint32_t number = 0;
	std::string uuid;
	int64_t time = 0;
	bool noted = false; ///< its time is
};

// Nothing where the volume has no store of snapper's. A .snapshots of another's
// is none.
Result<std::optional<SnapperStore>> storeOf(const Volume &volume)
{
	const auto root = btrfs::openVolume(volume);
	if (!root)
		return tl::unexpected(root.error());
	auto store = SnapperStore::open(root->get());
	const int errnum = store ? 0 : store.error().errnum;
	if (errnum == EPERM || errnum == ENOTDIR || errnum == ELOOP)
		return std::nullopt;
	return store;
}

// Nothing where the number has no complete snapshot that changes no more and
// holds the share's directory. One that is damaged, or is just being deleted, is
// no reason not to show the others.
std::optional<Candidate> candidateAt(const SnapperStore &store, uint32_t number,
                                     const std::string &relativePath)
{
	const auto entry = store.entry(number);
	if (!entry || !entry->snapshot || !entry->date)
		return std::nullopt;
	bool readOnly = false;
	if (btrfs_util_get_subvolume_read_only_fd(entry->snapshot.get(), &readOnly) !=
	            BTRFS_UTIL_OK ||
	    !readOnly)
		return std::nullopt;
	const auto noted = notedTime(entry->directory.get());
	if (entry->copy && !noted) // is being made
		return std::nullopt;
	if (!relativePath.empty() && !btrfs::openBeneath(entry->snapshot.get(), relativePath))
		return std::nullopt;
	return Candidate{number, entry->uuid, noted.value_or(*entry->date), noted.has_value()};
}

Result<std::vector<Candidate>> candidatesIn(const SnapperStore &store,
                                            const std::string &relativePath)
{
	auto numbers = store.numbers();
	if (!numbers)
		return tl::unexpected(numbers.error());
	std::vector<Candidate> candidates;
	for (const auto number : *numbers)
		if (auto candidate = candidateAt(store, number, relativePath))
			candidates.push_back(std::move(*candidate));
	return candidates;
}

// A time that has been moved is noted, so that it stays when the snapshot goes
// that it made room for. Where it cannot be, nothing is lost but that.
void takeApart(std::vector<Candidate> &candidates, std::set<int64_t> taken,
               const SnapperStore &store)
{
	std::sort(candidates.begin(), candidates.end(), [](const auto &a, const auto &b) {
		return std::tuple(!a.noted, a.time, a.number) <
		       std::tuple(!b.noted, b.time, b.number);
	});
	for (auto &candidate : candidates) {
		const auto wanted = candidate.time;
		while (!taken.insert(candidate.time).second)
			candidate.time++;
		if (candidate.time == wanted || candidate.noted)
			continue;
		const auto directory =
		        btrfs::openDirectory(store.fd(), std::to_string(candidate.number));
		if (directory && *directory)
			(void)noteTime(directory->get(), candidate.time);
	}
}

} // namespace

Result<std::vector<Version>> SnapperVersions::list() const
{
	auto versions = own_->list();
	if (!versions)
		return versions;
	const auto store = storeOf(share_.volume);
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return versions;
	auto candidates = candidatesIn(**store, share_.relativePath);
	if (!candidates)
		return tl::unexpected(candidates.error());
	std::set<int64_t> taken;
	for (const auto &version : *versions)
		taken.insert(version.time);
	takeApart(*candidates, std::move(taken), **store);
	for (const auto &candidate : *candidates) {
		auto root = pathBelow(share_.volume.root, SnapperStore::pathOf(candidate.number));
		auto directory =
		        share_.relativePath.empty() ? root : root + "/" + share_.relativePath;
		versions->push_back({candidate.time, std::move(directory),
		                     ClosedSnapshot{std::move(root), candidate.uuid}});
	}
	return versions;
}

Result<Fd> SnapperVersions::open(const Version &version) const
{
	const auto place = snapperPlaceOf(version.closed ? version.closed->path : "");
	if (!place)
		return own_->open(version);
	const auto gone =
	        fail(HResult::ObjectNotFound, fmt::format("open '{}'", version.closed->path),
	             ENOENT, "the snapshot was deleted with snapper");
	const auto store = storeOf(share_.volume);
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return gone;
	auto entry = (*store)->entry(place->number);
	if (!entry)
		return tl::unexpected(entry.error());
	// Snapper gives a number anew.
	if (!entry->snapshot || !btrfs::checkSnapshot(entry->directory.get(), entry->snapshot.get(),
	                                              version.closed->uuid, version.closed->path))
		return gone;
	return std::move(entry->snapshot);
}

} // namespace fss
