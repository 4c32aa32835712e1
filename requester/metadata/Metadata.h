// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"

#include <filesystem>
#include <map>

namespace fss::requester {

/// A share of a set, as the user asked for it.
struct MetadataVolume {
	std::string share; ///< \\server\share
	/// What of it is meant, below the share, with "/"; one empty: all.
	std::vector<std::string> paths;

	friend bool operator==(const MetadataVolume &, const MetadataVolume &) = default;
};

/// A writer that took part, and what it says it has.
struct MetadataWriter {
	std::string name;
	bool verified = false; ///< without it nothing is to be backed up or restored
	std::vector<std::string> components;

	friend bool operator==(const MetadataWriter &, const MetadataWriter &) = default;
};

/// What was copied from a shadow copy, and where to.
struct MetadataCopy {
	CopyId shadowCopy;
	std::string directory;

	friend bool operator==(const MetadataCopy &, const MetadataCopy &) = default;
};

/// What a restore has to know of a backup: the file of SET METADATA and
/// --metadata, JSON that a person can read (docs/smbshadow-metadata.md).
struct Metadata {
	static constexpr int Version = 1;

	std::string machine;   ///< where the backup was made
	std::string written;   ///< when, ISO 8601; filled in by save()
	bool finished = false; ///< END BACKUP was reached
	ShadowSet set;
	std::vector<MetadataVolume> volumes;
	std::vector<MetadataWriter> writers;
	std::vector<MetadataCopy> copies;
	std::map<std::string, std::string> aliases;
	/// Optional: the files that are meant, by share ("\\server\share").
	std::map<std::string, std::vector<std::string>> files;

	friend bool operator==(const Metadata &, const Metadata &) = default;

	Result<void> save(const std::filesystem::path &file) const;
	static Result<Metadata> load(const std::filesystem::path &file);
	/// Whether save() could write it: asked before there is anything to keep.
	static Result<void> checkWritable(const std::filesystem::path &file);
};

} // namespace fss::requester
