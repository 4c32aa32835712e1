// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Copier.h"

#include "requester/copy/FileData.h"

#include <cerrno>
#include <fmt/format.h>

namespace fss::requester {

namespace {

/// From this size on, connections share a file, and it is resumed.
constexpr uint64_t BigBytes = 4 * BlockBytes;

constexpr uint16_t AttributeReparsePoint = 0x400;

Failure tooShort(const std::string &path)
{
	return {.kind = FailureKind::Refused,
	        .step = fmt::format("read '{}'", path),
	        .reason = "the file is shorter than it was when it was listed",
	        .advice = "copy from a shadow copy, where nothing changes"};
}

} // namespace

Copier::Copier(CopyShared &shared, const Connect &connect, unsigned number)
        : shared_(shared),
          remote_(connect, shared.options.patience, shared.run),
          partial_(fmt::format("{}.new", number)),
          buffer_(BlockBytes)
{
}

void Copier::run()
{
	while (auto work = shared_.queue.take()) {
		if (const auto *file = std::get_if<FileWork>(&*work)) {
			copy(*file);
		} else if (const auto *directory = std::get_if<DirectoryWork>(&*work)) {
			copy(*directory);
			shared_.queue.listed();
		} else {
			join(std::get<SharedWork>(*work));
		}
		if (shared_.run.stopping())
			shared_.queue.stop();
		shared_.queue.done();
	}
	shared_.tree.dropPartial(partial_);
}

Result<std::string> Copier::securityDescriptor(const std::string &path)
{
	if (!shared_.options.securityDescriptors)
		return std::string();
	return remote_.call([&](RemoteTree &tree) { return tree.securityDescriptor(path); });
}

void Copier::copy(const DirectoryWork &work)
{
	auto local = localPath(work.path);
	auto made = shared_.tree.directory(local.value_or(""), true);
	if (!made)
		return shared_.run.note(made.error());
	auto entries = remote_.call([&](RemoteTree &tree) { return tree.list(work.path); });
	if (!entries) {
		// Without the top there is nothing.
		return work.path.empty() ? shared_.run.stop(entries.error())
		                         : shared_.run.note(entries.error());
	}
	auto descriptor = securityDescriptor(work.path);
	if (!descriptor)
		shared_.run.note(descriptor.error());
	ManifestEntry entry{.path = work.path,
	                    .directory = true,
	                    .attributes = work.entry.attributes,
	                    .times = work.entry.times,
	                    .securityDescriptor = descriptor.value_or(""),
	                    .checksum = {}};
	if (auto done = shared_.manifest.add(entry); !done)
		return shared_.run.note(done.error());
	if (!work.path.empty()) {
		++shared_.run.directories;
		std::lock_guard guard(shared_.directoriesLock);
		shared_.directories.emplace_back(*local, work.entry.times);
	}
	addContent(work.path, std::move(*entries));
}

void Copier::addContent(const std::string &path, std::vector<RemoteEntry> entries)
{
	std::vector<FileWork> files;
	for (auto &entry : entries) {
		auto here = joined(path, entry.name);
		if (!localName(path, entry.name)) {
			shared_.run.note(
			        {.kind = FailureKind::Refused,
			         .step = fmt::format("copy '{}'", here),
			         .reason = "the server gave it a name that no file can have",
			         .advice = {}});
		} else if (entry.directory && (entry.attributes & AttributeReparsePoint)) {
			shared_.run.note(
			        {.kind = FailureKind::Unsupported,
			         .step = fmt::format("copy '{}'", here),
			         .reason = "it is a mount point or link, which is not followed",
			         .advice = "copy its target by itself"});
		} else if (entry.directory) {
			shared_.queue.add(DirectoryWork{.path = here, .entry = std::move(entry)});
		} else {
			shared_.run.bytesKnown += entry.size;
			++shared_.run.filesKnown;
			files.push_back({.directory = path, .entry = std::move(entry)});
		}
	}
	shared_.queue.add(std::move(files));
}

void Copier::copy(const FileWork &work)
{
	ManifestEntry entry{.path = joined(work.directory, work.entry.name),
	                    .size = work.entry.size,
	                    .attributes = work.entry.attributes,
	                    .times = work.entry.times,
	                    .securityDescriptor = {},
	                    .checksum = {}};
	auto local = *localPath(entry.path); // its names were looked at when it was listed
	if (shared_.manifest.holds(entry)) {
		auto seen = shared_.tree.look(local);
		// Some file systems have times of two seconds.
		if (seen && seen->size == entry.size &&
		    std::abs(seen->written - entry.times.written) < 2'000'000'000) {
			++shared_.filesHadAlready;
			++shared_.run.files;
			shared_.run.bytes += entry.size;
			return;
		}
	}
	if (entry.size >= BigBytes)
		copyBig(std::move(entry), local);
	else
		copySmall(std::move(entry), local);
}

void Copier::finished(const ManifestEntry &entry)
{
	if (auto done = shared_.manifest.add(entry); !done)
		return shared_.run.note(done.error());
	++shared_.run.files;
}

Result<std::vector<Checksum>> Copier::data(RemoteFile &file, const ManifestEntry &entry,
                                           const Fd &local, const std::string &localPath)
{
	std::vector<Checksum> checksums;
	for (uint64_t offset = 0; offset < entry.size && !shared_.run.stopping();
	     offset += BlockBytes) {
		auto part = std::span(buffer_).first(
		        static_cast<size_t>(std::min<uint64_t>(BlockBytes, entry.size - offset)));
		auto got = file.read(part, offset);
		if (!got)
			return tl::unexpected(got.error());
		if (*got < part.size())
			return tl::unexpected(tooShort(entry.path));
		checksums.push_back(Checksum::of(part));
		if (auto done = writeSparse(local, part, offset, true, localPath); !done)
			return tl::unexpected(done.error());
	}
	return checksums;
}

void Copier::copySmall(ManifestEntry entry, const std::string &localPath)
{
	Fd local;
	auto checksums = remote_.call([&](RemoteTree &tree) -> Result<std::vector<Checksum>> {
		auto fresh = shared_.tree.newPartial(partial_);
		if (!fresh)
			return tl::unexpected(fresh.error());
		local = std::move(*fresh);
		if (ftruncate(local.get(), static_cast<off_t>(entry.size)) != 0)
			return localFailure(fmt::format("set the size of '{}'", localPath), errno);
		auto file = tree.open(entry.path, shared_.options.securityDescriptors);
		if (!file)
			return tl::unexpected(file.error());
		if (shared_.options.securityDescriptors) {
			auto descriptor = (*file)->securityDescriptor();
			if (!descriptor)
				return tl::unexpected(descriptor.error());
			entry.securityDescriptor = std::move(*descriptor);
		}
		return data(**file, entry, local, localPath);
	});
	if (!checksums)
		return shared_.run.note(checksums.error());
	if (shared_.run.stopping())
		return;
	entry.checksum = Checksum::ofBlocks(*checksums);
	if (auto done = shared_.tree.publish(partial_, local, entry.times, localPath); !done)
		return shared_.run.note(done.error());
	shared_.run.bytes += entry.size;
	finished(entry);
}

void Copier::copyBig(ManifestEntry entry, const std::string &localPath)
{
	auto descriptor = securityDescriptor(entry.path);
	if (!descriptor)
		return shared_.run.note(descriptor.error());
	entry.securityDescriptor = std::move(*descriptor);
	auto file = BigFile::open(shared_.tree, std::move(entry), localPath);
	if (!file)
		return shared_.run.note(file.error());
	shared_.queue.share(*file);
	join(*file);
}

void Copier::join(const SharedWork &file)
{
	file->enter();
	while (!shared_.run.stopping()) {
		auto next = file->claim();
		if (!next)
			break;
		if (file->isRight(*next, buffer_)) {
			shared_.run.bytes += next->bytes;
			continue;
		}
		if (auto done = block(file, *next); !done) {
			file->giveUp();
			shared_.run.note(done.error());
			break;
		}
		shared_.run.bytes += next->bytes;
	}
	joined_.reset();
	if (file->leave())
		complete(*file);
}

Result<void> Copier::block(const SharedWork &file, const BigFile::Block &block)
{
	return remote_.call([&](RemoteTree &tree) -> Result<void> {
		if (!joined_) {
			auto opened = tree.open(file->entry().path, false);
			if (!opened)
				return tl::unexpected(opened.error());
			joined_ = std::move(*opened);
		}
		auto part = std::span(buffer_).first(block.bytes);
		auto got = joined_->read(part, block.offset);
		if (!got) {
			joined_.reset(); // before its connection
			return tl::unexpected(got.error());
		}
		if (*got < part.size())
			return tl::unexpected(tooShort(file->entry().path));
		return file->put(block, part);
	});
}

void Copier::complete(BigFile &file)
{
	if (!file.whole())
		return;
	auto entry = file.finish();
	if (!entry)
		return shared_.run.note(entry.error());
	finished(*entry);
}

} // namespace fss::requester
