// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/BigFile.h"

#include "requester/copy/FileData.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sstream>

namespace fss::requester {

namespace {
constexpr std::string_view Data = ".data";
constexpr std::string_view Journal = ".blocks";

std::string allOf(const Fd &fd)
{
	std::string text;
	char buffer[65536];
	for (ssize_t got;
	     (got = pread(fd.get(), buffer, sizeof(buffer), static_cast<off_t>(text.size()))) > 0;)
		text.append(buffer, static_cast<size_t>(got));
	return text;
}
} // namespace

bool BigFile::isPartial(std::string_view name)
{
	return name.ends_with(Data) || name.ends_with(Journal);
}

BigFile::BigFile(const LocalTree &tree, ManifestEntry entry, std::string localPath)
        : tree_(tree),
          entry_(std::move(entry)),
          localPath_(std::move(localPath)),
          name_(Checksum::of(std::string_view(entry_.path)).text()),
          written_(blocksOf(entry_.size)),
          checksums_(blocksOf(entry_.size))
{
}

Result<std::shared_ptr<BigFile>> BigFile::open(const LocalTree &tree, ManifestEntry entry,
                                               std::string localPath)
{
	std::shared_ptr<BigFile> file(new BigFile(tree, std::move(entry), std::move(localPath)));
	if (auto done = file->begin(); !done)
		return tl::unexpected(done.error());
	return file;
}

/// The journal's first line: what is being copied.
std::string BigFile::head() const
{
	return fmt::format("smbshadow blocks 1 {} {} {}", BlockBytes, entry_.size,
	                   entry_.times.written);
}

void BigFile::readJournal(const Fd &journal)
{
	std::istringstream lines(allOf(journal));
	std::string line;
	if (!std::getline(lines, line) || line != head())
		return;
	while (std::getline(lines, line)) {
		std::istringstream words(line);
		size_t index = 0;
		std::string checksum;
		if (words >> index >> checksum && index < written_.size())
			written_[index] = Checksum::parse(checksum);
	}
}

Result<void> BigFile::begin()
{
	auto data = name_ + std::string(Data);
	auto journal = name_ + std::string(Journal);
	auto oldData = tree_.oldPartial(data);
	auto oldJournal = tree_.oldPartial(journal);
	if (oldData && oldJournal) {
		readJournal(*oldJournal);
		data_ = std::move(*oldData);
		fresh_ = false;
	} else {
		auto fresh = tree_.newPartial(data);
		if (!fresh)
			return tl::unexpected(fresh.error());
		data_ = std::move(*fresh);
	}
	// Written anew: the old one may end within a line.
	auto fresh = tree_.newPartial(journal);
	if (!fresh)
		return tl::unexpected(fresh.error());
	journal_ = std::move(*fresh);
	auto text = head() + "\n";
	for (size_t i = 0; i < written_.size(); ++i)
		if (written_[i])
			text += fmt::format("{} {}\n", i, written_[i]->text());
	if (auto done = writeAll(journal_, std::as_bytes(std::span(text)), 0, localPath_); !done)
		return done;
	if (lseek(journal_.get(), 0, SEEK_END) < 0 ||
	    ftruncate(data_.get(), static_cast<off_t>(entry_.size)) != 0)
		return localFailure(fmt::format("set the size of '{}'", localPath_), errno);
	return {};
}

bool BigFile::unclaimed() const
{
	std::lock_guard guard(lock_);
	return next_ < written_.size();
}

std::optional<BigFile::Block> BigFile::claim()
{
	std::lock_guard guard(lock_);
	if (next_ == written_.size())
		return std::nullopt;
	auto index = next_++;
	auto offset = uint64_t{index} * BlockBytes;
	return Block{
	        .index = index,
	        .offset = offset,
	        .bytes = static_cast<size_t>(std::min<uint64_t>(BlockBytes, entry_.size - offset)),
	        .written = written_[index]};
}

bool BigFile::isRight(const Block &block, std::span<std::byte> buffer)
{
	if (!block.written)
		return false;
	auto got = readAll(data_, buffer.first(block.bytes), block.offset);
	if (got != block.bytes || Checksum::of(buffer.first(block.bytes)) != *block.written)
		return false;
	std::lock_guard guard(lock_);
	checksums_[block.index] = *block.written;
	++done_;
	return true;
}

Result<void> BigFile::put(const Block &block, std::span<const std::byte> data)
{
	if (auto done = writeSparse(data_, data, block.offset, fresh_, localPath_); !done)
		return done;
	// A hint: the disk begins now, and not when memory is full of what it has to write.
	sync_file_range(data_.get(), static_cast<off_t>(block.offset),
	                static_cast<off_t>(data.size()), SYNC_FILE_RANGE_WRITE);
	auto checksum = Checksum::of(data);
	auto line = fmt::format("{} {}\n", block.index, checksum.text());
	std::lock_guard guard(lock_);
	if (write(journal_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
		return localFailure(fmt::format("keep the progress of '{}'", localPath_), errno);
	checksums_[block.index] = checksum;
	++done_;
	return {};
}

void BigFile::enter()
{
	std::lock_guard guard(lock_);
	++inside_;
}

bool BigFile::leave()
{
	std::lock_guard guard(lock_);
	if (--inside_ > 0 || finished_ || next_ < written_.size())
		return false;
	finished_ = true;
	return true;
}

void BigFile::giveUp()
{
	std::lock_guard guard(lock_);
	next_ = written_.size();
}

bool BigFile::whole() const
{
	std::lock_guard guard(lock_);
	return done_ == written_.size();
}

Result<ManifestEntry> BigFile::finish()
{
	if (auto done = tree_.publish(name_ + std::string(Data), data_, entry_.times, localPath_);
	    !done)
		return tl::unexpected(done.error());
	tree_.dropPartial(name_ + std::string(Journal));
	entry_.checksum = Checksum::ofBlocks(checksums_);
	return entry_;
}

} // namespace fss::requester
