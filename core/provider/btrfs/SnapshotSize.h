// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fss {

/// What a subvolume takes, by its file system's quota groups.
struct SnapshotSize {
	uint64_t referenced = 0; ///< bytes that can be reached in it
	uint64_t exclusive = 0;  ///< of these, what would be free without it
};

/// Of the subvolume whose root the path is. Nothing where it is no such root, or
/// quota groups are off. They lag a transaction behind.
std::optional<SnapshotSize> snapshotSize(const std::string &path);

} // namespace fss
