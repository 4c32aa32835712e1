// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Host.h"
#include "agent/ShareGuard.h"
#include "fssctl/doctor/Machine.h"
#include "fssctl/doctor/Samba.h"
#include "model/ServerState.h"
#include "model/ShadowCopySet.h"
#include "provider/SnapshotProvider.h"
#include "publish/SharePublisher.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fss::doctor {

/// A set on record.
struct StoredSet {
	ShadowCopySet set;
	bool expired = false; ///< its Message Sequence Timer has elapsed, and it is there still
};

/// All that the checks look at. None of them changes anything.
struct Surroundings {
	Host &host;
	SharePublisher &shares;
	SnapshotProvider &provider; ///< as the agent has it
	ShareGuard &guard;
	Samba &samba;
	Machine &machine;
	std::string ownProgram; ///< this program's path
	/// Reads all stored sets anew.
	std::function<Result<std::vector<StoredSet>>()> sets;
	/// Where a share's last shadow copy was made, as far as that is known.
	std::function<std::optional<LastVolume>(const std::string &share)> lastVolume;
	/// Paths that Samba's own agent has on record.
	std::vector<std::string> foreignPaths;
};

} // namespace fss::doctor
