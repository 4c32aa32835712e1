// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/VfsBatch.h"

#include "base/Cause.h"
#include "provider/VolumeOfPath.h"
#include "provider/btrfs/Nested.h"
#include "provider/vfs/HookAnswer.h"
#include "provider/vfs/HookSnapshot.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view ready = "ready";
constexpr std::string_view done = "done";

tl::unexpected<Error> of(const Volume &volume, const Error &error)
{
	auto named = error;
	named.step = fmt::format("snapshot of '{}' by the VFS modules of share {}: {}", volume.root,
	                         volume.share, error.step);
	return tl::unexpected(named);
}

// A line that is none of those that were waited for tells of a failure.
Error errorIn(const std::string &line)
{
	auto answer = hookAnswer(line);
	return answer ? fail(HResult::Fail, "understand the snapshot helper", EBADMSG).value()
	              : answer.error();
}

} // namespace

Result<void> VfsBatch::open(std::span<const SnapshotRequest> requests)
{
	for (const auto &request : requests) {
		if (auto volume = hooks::openVolume(request.volume); !volume)
			return tl::unexpected(volume.error());
		auto volumes = volumesWritingTo(request.volume.root);
		if (!volumes)
			return of(request.volume, volumes.error());
		written_.insert(written_.end(), volumes->begin(), volumes->end());
		shots_.push_back({request});
	}
	return {};
}

Result<void> VfsBatch::flush()
{
	std::map<dev_t, Fd> fileSystems;
	for (const auto &shot : shots_) {
		struct stat info {};
		Fd fd(::open(shot.request.volume.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		if (!fd || fstat(fd.get(), &info) != 0)
			return failed(Operation::Examine,
			              fmt::format("open '{}'", shot.request.volume.root), errno);
		fileSystems.try_emplace(info.st_dev, std::move(fd));
	}
	std::vector<int> errors(fileSystems.size(), 0);
	{
		std::vector<std::jthread> threads;
		threads.reserve(fileSystems.size());
		for (const auto &[device, fd] : fileSystems)
			threads.emplace_back([fd = fd.get(), &error = errors[threads.size()]] {
				if (syncfs(fd) != 0)
					error = errno;
			});
	}
	for (const int errnum : errors)
		if (errnum != 0)
			return fail(HResult::Fail, "flush a file system", errnum);
	return {};
}

Result<void> VfsBatch::start(Shot &shot) const
{
	const auto &volume = shot.request.volume;
	auto record =
	        HookRecord::open(program_.records, shot.request.id, Clock::now() + limits_.atWork);
	if (!record)
		return tl::unexpected(record.error());
	// One that was at work when begin() looked has ended by now.
	auto earlier = record->outcome();
	if (!earlier)
		return tl::unexpected(earlier.error());
	if (earlier->state != HookRecord::State::NotMade)
		return fail(HResult::Fail, "call the snapshot hook", EBUSY,
		            "what an earlier call has made is deleted first; try again");
	if (auto armed = record->arm(); !armed)
		return armed;
	// From now on it is the process that has the record's lock.
	auto process = HookProcess::start(program_,
	                                  {"create", volume.share, volume.root,
	                                   shot.request.writable ? "writable" : "read-only"},
	                                  record->descriptor());
	if (!process)
		return tl::unexpected(process.error());
	shot.process = std::move(*process);
	return {};
}

Result<void> VfsBatch::arm()
{
	auto armed = makeReady();
	// None was told to go. One that hangs would keep its record's lock, and
	// the set could not be removed.
	for (auto &shot : shots_)
		if (!armed && shot.process)
			shot.process->kill();
	return armed;
}

Result<void> VfsBatch::makeReady()
{
	for (auto &shot : shots_)
		if (auto started = start(shot); !started)
			return of(shot.request.volume, started.error());
	const auto until = Clock::now() + limits_.ready;
	for (auto &shot : shots_) {
		auto line = shot.process->line(until);
		if (!line)
			return of(shot.request.volume, line.error());
		if (*line != ready)
			return of(shot.request.volume, errorIn(*line));
	}
	return {};
}

// All are heard to the end, that nothing is under way when they are undone.
Result<void> VfsBatch::fire()
{
	const auto until = Clock::now() + limits_.hook;
	Result<void> outcome;
	for (auto &shot : shots_)
		if (auto sent = shot.process->send("go\n"); !sent)
			outcome = of(shot.request.volume, sent.error());
	for (auto &shot : shots_) {
		auto path = shot.process->line(until).and_then(hookAnswer);
		if (path)
			shot.path = std::move(*path);
		else
			outcome = of(shot.request.volume, path.error());
	}
	return outcome;
}

Result<SnapshotResult> VfsBatch::describe(Shot &shot) const
{
	const auto &volume = shot.request.volume;
	auto line = shot.process->line(Clock::now() + limits_.ready);
	if (!line)
		return tl::unexpected(line.error());
	if (*line != done)
		return tl::unexpected(errorIn(*line));
	if (auto sound = hooks::checkPlace(shot.path, volume.root); !sound)
		return tl::unexpected(sound.error());
	auto root = hooks::openSnapshot(shot.path);
	if (!root)
		return tl::unexpected(root.error());
	if (!*root)
		return fail(HResult::Fail, fmt::format("open snapshot '{}'", shot.path), ENOENT,
		            "the VFS module says that it has made it, but it is not there");
	auto prepared = hooks::setWritable(root->get(), shot.path, shot.request.writable);
	if (!prepared)
		return tl::unexpected(prepared.error());
	for (const auto &path : shot.request.exposedPaths)
		if (auto exposed = btrfs::openBeneath(root->get(), path); !exposed)
			return fail(HResult::NotSupported,
			            fmt::format("find '{}' in the snapshot '{}'", path, shot.path),
			            exposed.error().errnum,
			            "the share's directory was moved, or became a link");
	// A copy that a script has made need not be on disk yet.
	if (syncfs(root->get()) != 0)
		return failed(Operation::Examine, fmt::format("write out '{}'", shot.path), errno);
	auto identity = hooks::identityOf(root->get());
	auto instant = hooks::instantOf(root->get());
	if (!identity || !instant)
		return tl::unexpected(identity ? instant.error() : identity.error());
	return SnapshotResult{*identity, instant->fileSystem, instant->transaction, shot.path};
}

Result<std::vector<SnapshotResult>> VfsBatch::finish()
{
	std::vector<SnapshotResult> results;
	for (auto &shot : shots_) {
		auto result = describe(shot);
		if (!result)
			return of(shot.request.volume, result.error());
		results.push_back(std::move(*result));
	}
	return results;
}

} // namespace fss
