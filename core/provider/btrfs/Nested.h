// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/Volume.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Subvolumes and file systems below a directory. A btrfs snapshot holds an
/// empty directory in their place.
namespace fss::btrfs {

/// Snapper keeps its snapshots of a volume in a subvolume of this name in the
/// volume's root, or in one that is mounted there. They are older versions of
/// what is shared, and no part of it.
constexpr const char *snapperStoreName = ".snapshots";

/// The first mount point strictly below a directory, if any; snapper's store
/// in the root of the volume does not count.
Result<std::optional<std::string>> findMountBelow(const std::string &directory,
                                                  const std::string &volumeRoot);

/// The first subvolume strictly below a share, if any; snapshots in the
/// volume's store, those of vfs_btrfs and snapper's store do not count.
/// root: the volume's open root; relativePath: the share's path below it.
Result<std::optional<std::string>> findSubvolumeBelow(int root, const Volume &volume,
                                                      const std::string &relativePath);

/// Where a path lies below a directory, compared as text; "" where it does not.
std::string placeBelow(const std::string &path, const std::string &directory);

/// Where a volume's snapshot store lies below its root; "" where it does not.
std::string storeBelow(const Volume &volume);

/// A nested subvolume to snapshot: where it lies below its volume.
struct NestedSubvolume {
	uint64_t id = 0;
	std::string relativePath;
	Fd fd;
};

/// All subvolumes below the volume's open root, each after the one it lies in;
/// snapshot stores left out: those of the default name, snapper's, and `store`,
/// a path below the root.
Result<std::vector<NestedSubvolume>> openNested(int root, const std::string &store = {});

/// That nested subvolumes are others than were found, EAGAIN.
tl::unexpected<Error> nestedChanged(const std::string &relativePath);

/// Whether the subvolumes below the volume are, each at its place, those that
/// openNested() has found.
/// Errors: EAGAIN where they are not.
Result<void> checkUnchanged(int root, const std::string &store,
                            std::span<const NestedSubvolume> found);

/// Puts the snapshot `name` in directory `from` in the place of the empty
/// directory `relativePath` of the writable snapshot open as `snapshot`.
/// Errors: EAGAIN where there is no such directory.
Result<void> putInPlace(int from, const std::string &name, int snapshot,
                        const std::string &relativePath);

/// Opens a path below a directory, following no link and leaving it nowhere.
Result<Fd> openBeneath(int directory, const std::string &relativePath);

/// Sets or clears read-only for the snapshot `name` and all nested in it.
Result<void> setReadOnly(int directory, const std::string &name, bool readOnly);

/// Destroys the subvolume `name` with all nested in it.
Result<void> destroyTree(int directory, const std::string &name);

/// Destroys the subvolume that is open as root, wherever it has been moved to,
/// with all nested in it.
/// fileSystem: any open directory of its file system.
Result<void> destroyOpened(int fileSystem, int root);

} // namespace fss::btrfs
