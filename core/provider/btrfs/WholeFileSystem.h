// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"

#include <cstdint>
#include <optional>
#include <string>

/// Subvolumes wherever they lie on their file system, mounted or not.
namespace fss::btrfs {

/// An open directory of a mounted file system. Errors: Fail with ENODEV where it
/// is not mounted.
/// hint: a path that may be on it.
Result<Fd> openFileSystem(const std::string &fsid, const std::string &hint);

/// The id of the subvolume that has a uuid; nothing where none has, any more.
/// fileSystem: any open directory of its file system.
Result<std::optional<uint64_t>> subvolumeWith(int fileSystem, const std::string &uuid);

/// The root of the file system's top-level subvolume, by a mount that nobody else
/// sees and that ends with the descriptor: from there all subvolumes can be reached.
Result<Fd> openTopLevel(int fileSystem);

/// Where a subvolume, or what lies in it, is mounted for itself; "" for nowhere.
/// path: from the top-level subvolume on.
Result<std::string> mountOf(const std::string &fsid, const std::string &path);

/// The path of a subvolume from the top-level subvolume on.
Result<std::string> pathFromTop(int fileSystem, uint64_t id);

} // namespace fss::btrfs
