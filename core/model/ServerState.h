// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"
#include "base/Owner.h"
#include "protocol/Context.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fss {

/// A point in time that holds over processes and is past in any later boot.
struct Deadline {
	std::string bootId;
	std::chrono::milliseconds sinceBoot{0};

	bool past(std::chrono::milliseconds now) const
	{
		return bootId != Owner::thisBoot() || sinceBoot <= now;
	}
};

/// What one client is about to do: ContextSet, CurrentContext,
/// ShadowCopyClientAddress, ShadowCopyClientRetryCount and the Message Sequence
/// Timer of MS-FSRVP 3.1.1.1 and 3.1.2. It exists while ContextSet is true.
struct Session {
	std::string address;
	Owner worker;            ///< that holds the client's connection,
	uint64_t connection = 0; ///< and its number there
	bool connected = true;
	Context context;
	uint32_t retryCount = 0;
	std::optional<SetId> set;
	std::optional<Deadline> deadline; ///< Message Sequence Timer; none: stopped
};

/// What the server knows besides its sets.
struct ServerState {
	std::vector<Session> sessions;
	std::vector<SetId> attention; ///< sets with needsAttention()
	std::vector<Owner> workers;   ///< that opened the store and did not close it

	Session *sessionOf(const SetId &set);
};

/// How many shadow copies a volume has.
struct VolumeUse {
	uint32_t copies = 0;   ///< in all sets, without those being removed
	uint32_t shadowed = 0; ///< whose snapshot exists for clients

	friend bool operator==(const VolumeUse &, const VolumeUse &) = default;
};

/// Where a share's last shadow copy was made.
struct LastVolume {
	std::string volume; ///< VolumeId
	std::string root;   ///< where it was

	/// Whether that is another file system or subvolume, whoever makes its snapshots.
	bool differsFrom(const std::string &other) const;

	friend bool operator==(const LastVolume &, const LastVolume &) = default;
};

} // namespace fss
