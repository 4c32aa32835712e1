// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/cli/Command.h"
#include "requester/metadata/Metadata.h"
#include "requester/model/ShadowSet.h"

#include <string>

namespace fss::requester {

/// A set as people read it: a line for it, and one for each copy.
std::string describe(const ShadowSet &set);

/// Local time, as `ls -l --time-style=long-iso` shows it with seconds; empty
/// for 0.
std::string localTime(int64_t fileTime);

/// The metadata of a set that was made by one command.
Metadata metadataOf(const ShadowSet &set);

/// Removes a set from its servers: a recovered one share by share, one that is
/// not finished as a whole. Goes on after failures; the first is returned, as
/// Incomplete when some of the set went.
Result<void> removeSet(Environment &environment, const ShadowSet &set);

} // namespace fss::requester
