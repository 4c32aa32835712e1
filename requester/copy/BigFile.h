// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Manifest.h"

#include <mutex>

namespace fss::requester {

/// A file that several connections copy together, block by block, and that
/// goes on after an interruption: beside its data a journal keeps the checksum
/// of each block that was written. A block counts again only if the data here
/// still have that checksum.
class BigFile {
public:
	static Result<std::shared_ptr<BigFile>> open(const LocalTree &tree, ManifestEntry entry,
	                                             std::string localPath);

	/// A block to do, and its checksum if an earlier run wrote it.
	struct Block {
		size_t index;
		uint64_t offset;
		size_t bytes;
		std::optional<Checksum> written;
	};
	// Thread-safe from here on.
	bool unclaimed() const;
	std::optional<Block> claim();
	/// Whether what is here is what an earlier run wrote; then the block is done.
	bool isRight(const Block &block, std::span<std::byte> buffer);
	Result<void> put(const Block &block, std::span<const std::byte> data);

	void enter();
	/// True for the last to leave, once.
	bool leave();
	/// Nobody claims more of it.
	void giveUp();
	bool whole() const;

	/// Gives the whole file its name. The entry with its checksum.
	Result<ManifestEntry> finish();
	const ManifestEntry &entry() const { return entry_; }

	/// Whether a file of the state folder belongs to files that go on.
	static bool isPartial(std::string_view name);

private:
	BigFile(const LocalTree &tree, ManifestEntry entry, std::string localPath);
	Result<void> begin();
	std::string head() const;
	void readJournal(const Fd &journal);

	const LocalTree &tree_;
	ManifestEntry entry_;
	std::string localPath_;
	std::string name_; ///< in the state folder, without ending
	Fd data_;
	bool fresh_ = true; ///< no earlier run wrote to it
	Fd journal_;
	std::vector<std::optional<Checksum>> written_;

	mutable std::mutex lock_;
	size_t next_ = 0;
	size_t done_ = 0;
	int inside_ = 0;
	bool finished_ = false;
	std::vector<Checksum> checksums_;
};

} // namespace fss::requester
