// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Agent.h"
#include "model/Counters.h"
#include "model/ServerState.h"
#include "model/ShadowCopySet.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fssctl {

/// A set, and what else is known of it at this moment.
struct SetView {
	fss::ShadowCopySet set;
	/// The client still works on it: a session of a live worker has it, whose
	/// connection is open.
	bool clientConnected = false;
	/// A live worker is doing something with it right now.
	bool worked = false;
	/// Until the Message Sequence Timer removes it; nothing: no timer runs.
	std::optional<std::chrono::seconds> timerLeft;

	/// When its first snapshot was made or, before that, its first share was
	/// added, in seconds since 1970; nothing: it has no shares yet.
	std::optional<int64_t> created() const;
	/// The word for people and scripts: the protocol's status in lower case, or
	/// "removing".
	std::string state() const;
};

/// The server's sets and counters, read in one transaction.
struct Survey {
	std::vector<SetView> sets; ///< the oldest first
	fss::Counters counters;
	int64_t now = 0; ///< seconds since 1970

	const SetView *find(const fss::SetId &id) const;
	/// The set that has this shadow copy.
	const SetView *findCopy(const fss::CopyId &id) const;
};

/// Reads everything there is. Changes nothing.
fss::Result<Survey> readSurvey(fss::Journal &journal, fss::Clock &clock);

} // namespace fssctl
