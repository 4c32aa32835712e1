// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "provider/Volume.h"

#include <cstdint>
#include <optional>
#include <string>

/// The time under which a shadow copy is listed among the earlier versions of a
/// share. It stands in an attribute of the shadow copy's own directory, where
/// processes without the agent's records find it, and goes with it.
namespace fss::btrfs {

/// Gives a shadow copy's directory a time that no other of the volume's has in
/// this store: `created`, or the next free second. Done already it stays.
/// directory: the shadow copy's, open. created: FILETIME.
/// Returns the FILETIME that it came to be.
Result<int64_t> reserveTime(int directory, const VolumeId &volume, int64_t created);

/// Keeps others from giving times in a store; until the descriptor is closed.
Result<void> lockStore(int store);

/// The seconds since 1970-01-01 UTC of the shadow copy's directory `name` in a
/// store, where it has a time and is the volume's.
std::optional<int64_t> timeOf(int store, const std::string &name, const VolumeId &volume);

} // namespace fss::btrfs
