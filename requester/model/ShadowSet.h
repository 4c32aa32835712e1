// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"
#include "protocol/Context.h"
#include "protocol/Unc.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fss::requester {

/// An application on this side that must hold still while shadow copies are
/// made: what VSS calls a writer. Commands are run by /bin/sh -c.
struct Writer {
	std::string name;
	std::string freeze; ///< empty: none
	std::string thaw;   ///< empty: none
};

/// Time budgets, with MS-FSRVP's values (product notes 11-13, 3.2.2).
struct Budgets {
	std::chrono::milliseconds prepare = std::chrono::minutes(30);
	std::chrono::milliseconds commit = std::chrono::seconds(60);
	std::chrono::milliseconds expose = std::chrono::minutes(30);
	/// For each call; on expiry the connection is given up.
	std::chrono::milliseconds call = std::chrono::seconds(180);
	/// From the first freeze command's start to the first thaw command's.
	std::chrono::milliseconds frozen = std::chrono::seconds(60);
	/// For each freeze or thaw command.
	std::chrono::milliseconds hook = std::chrono::seconds(60);
};

/// What to make a shadow copy set of.
struct SetSpec {
	std::vector<Unc> shares; ///< on one server or several; one entry a share
	Context context;         ///< see contextOf()
	/// Leaves an AUTO_RECOVERY set writable for recoveryComplete() later;
	/// without, create() completes it.
	bool completeLater = false;
	std::vector<Writer> writers; ///< frozen in this order, thawed in reverse
	Budgets budgets;
	SetId id; ///< the caller's id of the set; nil: a random one
};

/// CTX_BACKUP or, persistent, CTX_APP_ROLLBACK; writers false adds NO_WRITERS.
Context contextOf(bool persistent, bool autoRecovery, bool writers);

/// How far a set has come on its servers.
enum class SetState {
	Making,    ///< on record before its first snapshot; unfinished if seen later
	Exposed,   ///< shares are there; AUTO_RECOVERY ones are writable
	Recovered, ///< finished and read-only
};

/// A shadow copy of one share, in a set.
struct ShadowCopy {
	CopyId id;               ///< the requester's own
	std::string given;       ///< the share as the user named it: \\fs1\data
	std::string host;        ///< the server of that name
	std::string share;       ///< its name on that server
	std::string server;      ///< who is talked to and has the exposed share
	SetId serverSetId;       ///< that server's id of the set
	CopyId serverCopyId;     ///< that server's id of the shadow copy
	std::string exposedName; ///< data@{...}; empty until exposed
	int64_t created = 0;     ///< FILETIME of the server; 0 until exposed

	/// \\server\data@{...}; empty until exposed.
	std::string exposedUnc() const;
	/// The share's name as the protocol's calls get it: \\host\share\ .
	std::string wireName() const;

	friend bool operator==(const ShadowCopy &, const ShadowCopy &) = default;
};

/// A shadow copy set as this side knows it.
struct ShadowSet {
	SetId id; ///< the requester's own; servers have ids of their own
	Context context;
	SetState state = SetState::Making;
	int64_t created = 0; ///< FILETIME of this machine when it was begun
	std::vector<ShadowCopy> copies;

	friend bool operator==(const ShadowSet &, const ShadowSet &) = default;
};

std::string_view name(SetState state);
std::optional<SetState> setStateOf(std::string_view name);

/// "{6E4C…}", as people write ids.
template <class AnyId> std::string braced(const AnyId &id)
{
	return "{" + id.text() + "}";
}

/// Reads an id with or without braces, in either case.
template <class AnyId> std::optional<AnyId> parseId(std::string_view text)
{
	if (text.size() > 1 && text.front() == '{' && text.back() == '}')
		text = text.substr(1, text.size() - 2);
	return AnyId::parse(text);
}

/// \\server\share, //server/share, smb://server/share, with or without a
/// path behind.
fss::Result<Unc> parseShare(std::string_view text);

} // namespace fss::requester
