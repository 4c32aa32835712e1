// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fss::requester {

/// The metadata file of a backup, in its directory.
inline constexpr const char *metadataName = "backup.json";

/// Where a backup goes: DESTINATION/2026-01-31T12-00-00Z, which is called
/// ….partial until it is whole.
struct BackupPlace {
	/// created: FILETIME.
	BackupPlace(const std::filesystem::path &destination, int64_t created);
	Result<void> finish() const;

	std::filesystem::path finished;
	std::filesystem::path partial;
};

/// Removes all but the newest backups of a directory, and what was left of
/// those that were never whole. What is not a backup of this kind, by its
/// name and its metadata, is not touched. Returns what was removed.
Result<std::vector<std::string>> prune(const std::filesystem::path &destination, unsigned keep);

} // namespace fss::requester
