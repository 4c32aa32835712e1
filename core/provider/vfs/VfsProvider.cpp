// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/VfsProvider.h"

#include "protocol/Names.h"
#include "provider/LookBelow.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/vfs/HookAnswer.h"
#include "provider/vfs/HookSnapshot.h"
#include "provider/vfs/VfsBatch.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace fss {

namespace {

using Clock = std::chrono::steady_clock;
using State = HookRecord::State;

tl::unexpected<Error> notSupported(const std::string &step, int errnum, std::string advice)
{
	return fail(HResult::NotSupported, step, errnum, std::move(advice));
}

std::string canonical(const std::string &path)
{
	std::error_code error;
	const auto resolved = std::filesystem::canonical(path, error);
	return error ? path : resolved.string();
}

// A subvolume below a share, where the volume is one and a snapshot would not
// hold it. Snapper keeps its snapshots in one.
Result<std::string> subvolumeBelow(const Location &location)
{
	const auto &root = location.volume.root;
	const Fd fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!fd)
		return notSupported(fmt::format("open '{}'", root), errno, "");
	if (!btrfs::fileSystemId(fd.get()) || !btrfs::isSubvolumeRoot(fd.get()))
		return "";
	auto volume = location.volume;
	volume.store = (root == "/" ? "" : root) + "/.snapshots";
	auto found = btrfs::findSubvolumeBelow(fd.get(), volume, location.relativePath);
	if (!found)
		return tl::unexpected(found.error());
	return found->value_or("");
}

Result<std::string> checkNested(const Location &location, const std::string &share,
                                NestedPolicy policy)
{
	const auto mount = btrfs::findMountBelow(share, "");
	const auto subvolume = subvolumeBelow(location);
	if (!mount || !subvolume)
		return tl::unexpected(mount ? subvolume.error() : mount.error());
	const auto nested = mount->value_or(*subvolume);
	if (nested.empty() || policy == NestedPolicy::Ignore)
		return nested;
	return notSupported(
	        fmt::format("'{}' is a {} below '{}', and a snapshot by the share's VFS "
	                    "modules might not hold it",
	                    nested, *mount ? "mount" : "subvolume", share),
	        0, "move it, or set fss:nested = ignore");
}

// The file system of what was deleted, from the nearest directory that is left.
Result<void> syncAround(std::filesystem::path path)
{
	for (;;) {
		path = path.parent_path();
		const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		if (!fd && errno == ENOENT && path.has_relative_path())
			continue;
		if (!fd || syncfs(fd.get()) != 0)
			return failed(Operation::Examine, "wait for the file system", errno);
		return {};
	}
}

} // namespace

Result<std::string> VfsProvider::check(const std::string &share, const std::string &path) const
{
	auto process = HookProcess::start(program_, {"check", share, path});
	if (!process)
		return tl::unexpected(process.error());
	auto answer = process->line(Clock::now() + limits_.check);
	if (!answer)
		process->kill();
	return answer.and_then(hookAnswer);
}

Result<Location> VfsProvider::inspect(const std::string &path, const InspectOptions &options)
{
	if (ExposedName::parse(options.share))
		return notSupported("it is a shadow copy itself", 0, "");
	auto root = check(options.share, path);
	if (!root && root.error().code == HResult::NotSupported)
		return notSupported("it does not take part, and its VFS modules make no snapshots "
		                    "of its path",
		                    0,
		                    fmt::format("add fss to vfs objects of [{}], or a module that "
		                                "makes snapshots; see log.fss_snap_helper",
		                                options.share));
	if (!root)
		return notSupported("ask its VFS modules: " + root.error().step,
		                    root.error().errnum, root.error().advice);
	auto found = hooks::volumeAt(*root, options.share);
	if (!found)
		return tl::unexpected(found.error());
	Location location;
	location.volume = std::move(*found);
	const auto directory = canonical(path);
	const auto volume = canonical(*root);
	location.relativePath = btrfs::placeBelow(directory, volume);
	if (location.relativePath.empty() && directory != volume)
		return notSupported(fmt::format("its VFS modules take snapshots of '{}', where its "
		                                "path '{}' is not",
		                                *root, path),
		                    0, "");
	auto leftOut = checkNested(location, directory, options.nested);
	if (!leftOut)
		return tl::unexpected(leftOut.error());
	location.leftOut = std::move(*leftOut);
	return location;
}

Result<void> VfsProvider::checkRoom(const Volume &volume, const MinimumFree &minimum)
{
	struct statvfs info {};
	if (statvfs(volume.root.c_str(), &info) != 0)
		return fail(HResult::Fail, fmt::format("examine '{}'", volume.root), errno,
		            "is it mounted?");
	const auto needed = minimum.of(info.f_blocks * info.f_frsize);
	const auto room = info.f_bavail * info.f_frsize;
	if (room < needed)
		return fail(HResult::InsufficientStorage,
		            fmt::format("'{}' has {} MiB free", volume.root, room >> 20), 0,
		            fmt::format("fss:min free asks for {} MiB; free some, or lower it",
		                        needed >> 20));
	return {};
}

Result<std::string> VfsProvider::lookBelow(const SnapshotRequest &request)
{
	const auto &volume = request.volume;
	return lookBelowEach(request, [&](const std::string &path, NestedPolicy policy) {
		return checkNested({volume, path, ""}, canonical(directoryOf(volume, path)),
		                   policy);
	});
}

Result<std::unique_ptr<SnapshotBatch>> VfsProvider::begin(std::span<const SnapshotRequest> requests)
{
	for (const auto &request : requests) {
		// Left by a worker that died in the middle of an earlier try.
		auto left = HookRecord::look(program_.records, request.id);
		if (left && left->state != State::NotMade)
			left = destroy(SnapshotRef{request.id, request.volume, ""}).map([&] {
				return *left;
			});
		if (!left)
			return tl::unexpected(left.error());
	}
	auto batch = std::make_unique<VfsBatch>(program_, limits_);
	if (auto opened = batch->open(requests); !opened)
		return tl::unexpected(opened.error());
	return batch;
}

Result<Adoption> VfsProvider::adopt(const ForeignSnapshot &snapshot)
{
	return notSupported(fmt::format("'{}' was made by another agent", snapshot.path), 0, "");
}

Result<std::string> VfsProvider::placeOf(const SnapshotRef &snapshot) const
{
	if (!snapshot.path.empty())
		return snapshot.path;
	return HookRecord::look(program_.records, snapshot.id).map([](const auto &outcome) {
		return outcome.path;
	});
}

Result<void> VfsProvider::seal(const SnapshotRef &snapshot)
{
	auto path = placeOf(snapshot);
	if (!path)
		return tl::unexpected(path.error());
	auto found = hooks::findSnapshot(*path, snapshot.uuid);
	if (!found)
		return tl::unexpected(found.error());
	if (!*found)
		return fail(HResult::Fail, fmt::format("'{}'", *path), ENOENT,
		            "the snapshot was deleted behind the agent's back");
	return hooks::setWritable(found->get(), *path, false);
}

Result<void> VfsProvider::remove(const Volume &volume, const std::string &path,
                                 const HookRecord &record) const
{
	auto process = HookProcess::start(program_, {"delete", volume.share, volume.root, path},
	                                  record.descriptor());
	if (!process)
		return tl::unexpected(process.error());
	auto answer = process->line(Clock::now() + limits_.hook).and_then(hookAnswer);
	auto left = hooks::openSnapshot(path);
	if (left && !*left)
		return syncAround(path);
	const auto advice = fmt::format("it is tried again; is share {} still there, with the "
	                                "module that made the snapshot? see log.fss_snap_helper",
	                                volume.share);
	if (!answer)
		return fail(answer.error().code, fmt::format("'{}': {}", path, answer.error().step),
		            answer.error().errnum, advice);
	return fail(HResult::Fail,
	            fmt::format("'{}' is still there after its VFS module has deleted it", path), 0,
	            advice);
}

Result<void> VfsProvider::destroy(const SnapshotRef &snapshot) const
{
	auto record =
	        HookRecord::open(program_.records, snapshot.id, Clock::now() + limits_.atWork);
	if (!record)
		return tl::unexpected(record.error());
	auto outcome = record->outcome();
	if (!outcome)
		return tl::unexpected(outcome.error());
	const auto report = [&](const Error &error) -> Result<void> {
		if (auto told = record->setReported(); !told)
			return told;
		return tl::unexpected(error);
	};
	const auto path = snapshot.path.empty() ? outcome->path : snapshot.path;
	if (path.empty() && outcome->state == State::Unknown)
		return report(
		        fail(HResult::Fail,
		             fmt::format("the snapshot hook of share {} was cut short, and may "
		                         "have left a snapshot of '{}'",
		                         snapshot.volume.share, snapshot.volume.root),
		             EINTR, "look for it and remove it by hand")
		                .value());
	if (path.empty())
		return record->remove();
	if (auto volume = hooks::openVolume(snapshot.volume); !volume)
		return tl::unexpected(volume.error());
	if (auto sound = hooks::checkPlace(path, snapshot.volume.root); !sound)
		return report(sound.error());
	auto found = hooks::findSnapshot(path, snapshot.uuid);
	if (!found)
		return tl::unexpected(found.error());
	const bool there = static_cast<bool>(*found);
	found->reset(); // a file system that is in use could not be unmounted
	// Where it is gone already, a hook may have gone on after it was waited for.
	auto gone = there ? remove(snapshot.volume, path, *record) : syncAround(path);
	if (!gone)
		return gone;
	return record->remove();
}

Result<void> VfsProvider::destroy(std::span<const SnapshotRef> snapshots)
{
	Result<void> outcome;
	for (const auto &snapshot : snapshots)
		if (auto gone = destroy(snapshot); !gone)
			outcome = gone;
	return outcome;
}

Result<void> VfsProvider::prune(const std::function<Result<std::set<std::string>>()> &copies)
{
	auto kept = HookRecord::list(program_.records);
	if (!kept || kept->empty())
		return kept.map([](const auto &) {});
	const auto known = copies();
	if (!known)
		return tl::unexpected(known.error());
	Result<void> outcome;
	for (const auto &id : *kept) {
		if (known->contains(id.text()))
			continue;
		auto record = HookRecord::open(program_.records, id, Clock::now());
		if (!record && record.error().errnum == EBUSY)
			continue; // a hook is at work still
		if (auto gone = record.and_then([](auto &open) { return open.remove(); }); !gone)
			outcome = gone;
	}
	return outcome;
}

Result<SnapshotPresence> VfsProvider::presence(const SnapshotRef &snapshot)
{
	auto path = placeOf(snapshot);
	if (!path)
		return tl::unexpected(path.error());
	if (path->empty())
		return SnapshotPresence::Absent;
	if (auto volume = hooks::openVolume(snapshot.volume); !volume)
		return tl::unexpected(volume.error());
	return hooks::findSnapshot(*path, snapshot.uuid).map([](const Fd &found) {
		return found ? SnapshotPresence::Present : SnapshotPresence::Absent;
	});
}

std::string VfsProvider::exposedPath(const SnapshotRef &snapshot,
                                     const std::string &relativePath) const
{
	const auto root = placeOf(snapshot).value_or("");
	return relativePath.empty() ? root : root + "/" + relativePath;
}

} // namespace fss
