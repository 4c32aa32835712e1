// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cause.h"
#include "base/Error.h"
#include "base/Fd.h"

#include <btrfsutil.h>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What libbtrfsutil does not offer, or offers for paths only, by descriptor.
namespace fss::btrfs {

/// errno of a failed libbtrfsutil call, which sets it and names the step.
tl::unexpected<Error> failure(Operation operation, const std::string &object,
                              btrfs_util_error error);

/// The file system's id; nothing where the descriptor is not on btrfs.
std::optional<std::string> fileSystemId(int fd);

/// Whether the descriptor is the root directory of a subvolume.
bool isSubvolumeRoot(int fd);

/// A subvolume's uuid as text, "" where it has none.
std::string uuidText(const uint8_t uuid[16]);

/// What a file system has, in bytes.
struct Room {
	uint64_t size = 0;
	uint64_t data = 0;     ///< free for data
	uint64_t metadata = 0; ///< free for metadata, with what can be given to it
};

Result<Room> roomOn(int fd);

/// Whether deleted subvolumes have room still that they are about to give back.
bool isClearing(int fd);

/// Writes out what is in memory, and has the file system begin to clear deleted
/// subvolumes, which else waits for its periodic commit.
Result<void> writeOut(int fd);

/// Opens a directory without following a link in its last component.
/// Without a descriptor where it is not there.
Result<Fd> openDirectory(int parent, const std::string &path);

/// The names in an open directory, without "." and "..".
Result<std::vector<std::string>> namesIn(int directory);

/// The path, as the kernel knows it, of an open directory.
Result<std::string> pathOf(int fd);

/// A subvolume directly inside another, with its path there.
struct Child {
	uint64_t id = 0;
	std::string path;
};

/// The subvolumes directly inside the subvolume whose root is open as fd.
Result<std::vector<Child>> children(int fd);

} // namespace fss::btrfs
