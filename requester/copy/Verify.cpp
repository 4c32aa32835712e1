// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Verify.h"

#include "requester/copy/FileData.h"
#include "requester/copy/ManifestWalk.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss::requester {

Result<Checksum> localChecksum(const LocalTree &tree, const std::string &localPath,
                               std::span<std::byte> buffer)
{
	auto fd = tree.openFile(localPath);
	if (!fd)
		return tl::unexpected(fd.error());
	struct stat status {};
	if (fstat(fd->get(), &status) != 0)
		return localFailure(fmt::format("look at '{}'", localPath), errno);
	// From the disk, not from memory.
	posix_fadvise(fd->get(), 0, 0, POSIX_FADV_DONTNEED);
	std::vector<Checksum> blocks;
	auto size = static_cast<uint64_t>(status.st_size);
	for (uint64_t offset = 0; offset < size; offset += BlockBytes) {
		auto part = buffer.first(
		        static_cast<size_t>(std::min<uint64_t>(BlockBytes, size - offset)));
		if (readAll(*fd, part, offset) != part.size())
			return localFailure(fmt::format("read '{}'", localPath), errno);
		blocks.push_back(Checksum::of(part));
	}
	return Checksum::ofBlocks(blocks);
}

Result<Checksum> remoteChecksum(RemoteTree &tree, const std::string &path, uint64_t size,
                                std::span<std::byte> buffer)
{
	auto file = tree.open(path, false);
	if (!file)
		return tl::unexpected(file.error());
	std::vector<Checksum> blocks;
	for (uint64_t offset = 0; offset < size; offset += BlockBytes) {
		auto part = buffer.first(
		        static_cast<size_t>(std::min<uint64_t>(BlockBytes, size - offset)));
		auto got = (*file)->read(part, offset);
		if (!got)
			return tl::unexpected(got.error());
		blocks.push_back(Checksum::of(part.first(*got)));
	}
	return Checksum::ofBlocks(blocks);
}

Result<void> verifyCopy(const Connect &connect, const LocalTree &tree, Manifest &manifest,
                        const CopyOptions &options, const CopyWatch &watch,
                        const Cancellation &cancellation, CopyReport &report)
{
	CopyRun run;
	ManifestWalk walk{.connect = connect,
	                  .connections = options.connections,
	                  .patience = options.patience,
	                  .watch = watch,
	                  .cancellation = cancellation};
	auto damaged = [&](const ManifestEntry &entry, std::string reason) {
		run.note({.kind = FailureKind::Refused,
		          .step = fmt::format("verify '{}'", entry.path),
		          .reason = std::move(reason),
		          .advice = "run the same command again: it is copied anew"});
		if (auto done = manifest.addDamaged(entry.path); !done)
			run.note(done.error());
	};
	auto done = walk.eachFile(
	        tree.top(), run, [](const ManifestEntry &) { return true; },
	        [&](PatientTree &remote, std::span<std::byte> buffer, const ManifestEntry &entry) {
		        auto here = localChecksum(tree, *localPath(entry.path), buffer);
		        if (!here || *here != entry.checksum)
			        return damaged(entry,
			                       here ? "what is on the disk is not what was copied"
			                            : here.error().reason);
		        auto there = remote.call([&](RemoteTree &at) {
			        return remoteChecksum(at, entry.path, entry.size, buffer);
		        });
		        if (!there)
			        return run.note(there.error());
		        if (*there != entry.checksum)
			        return damaged(entry, "the share has other data than were copied");
		        ++run.files;
		        run.bytes += entry.size;
	        });
	if (!done)
		return done;
	if (auto fatal = run.fatal())
		return tl::unexpected(*fatal);
	report.filesVerified = run.files;
	report.failures += run.failures();
	for (auto &failure : run.noted())
		report.failed.push_back(failure);
	return {};
}

} // namespace fss::requester
