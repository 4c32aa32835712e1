// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Checksum.h"
#include "requester/copy/LocalTree.h"

#include <cstdio>
#include <map>
#include <mutex>
#include <unordered_map>

namespace fss::requester {

/// A file or directory of a copy, as its share had it.
struct ManifestEntry {
	std::string path; ///< on the share, with "/"
	bool directory = false;
	uint64_t size = 0;
	uint16_t attributes = 0;
	FileTimes times;
	std::string securityDescriptor; ///< empty: not kept
	Checksum checksum;              ///< of files

	friend bool operator==(const ManifestEntry &, const ManifestEntry &) = default;
};

/// What a copy holds: DEST/.smbshadow/manifest.jsonl, one JSON object a line
/// (docs/smbshadow-metadata.md). Lines are added as files get their names. A
/// line counts after a crash of the machine only where a later one says that
/// the disk has what it tells of; after a crash of smbshadow alone, always.
class Manifest {
public:
	/// Begins a manifest, or goes on with one of the same source. Locked
	/// against a second smbshadow.
	static Result<std::unique_ptr<Manifest>> resume(const LocalTree &tree,
	                                                const std::string &source);
	~Manifest();

	/// Whether that file was finished by an earlier run, as the entry says it
	/// is now (its checksum and descriptor aside).
	bool holds(const ManifestEntry &entry) const;

	// Thread-safe.
	Result<void> add(const ManifestEntry &entry);
	/// The file is not what its entry says: it is to be copied again.
	Result<void> addDamaged(const std::string &path);
	/// Waits until the disk has what was added so far, and says so.
	Result<void> addSynced(const LocalTree &tree);
	Result<void> addComplete(uint64_t files, uint64_t bytes);

	/// Calls use() for each entry that counts, the last of its path; ends with
	/// the first failure. Nothing is written meanwhile.
	using Use = std::function<Result<void>(const ManifestEntry &)>;
	static Result<void> read(const std::filesystem::path &copy, const Use &use);
	static bool exists(const std::filesystem::path &copy);

	static constexpr std::string_view FileName = "manifest.jsonl";

private:
	struct Known {
		uint64_t size;
		Nanoseconds written;
	};
	struct KeyHash {
		size_t operator()(const Checksum &key) const { return key.low; }
	};

	Manifest() = default;
	Result<void> load(const std::string &source);
	Result<void> append(const std::string &line);
	Result<void> appendLocked(const std::string &line);

	std::filesystem::path path_;
	Fd fd_;
	/// By checksums of paths, which need less room than paths.
	std::unordered_map<Checksum, Known, KeyHash> known_;
	std::mutex lock_;
	size_t lines_ = 0;
	std::unordered_map<Checksum, size_t, KeyHash> descriptors_; ///< their numbers, by checksum
	size_t nextDescriptor_ = 1;
};

} // namespace fss::requester
