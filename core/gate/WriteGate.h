// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Error.h"
#include "provider/Volume.h"

#include <chrono>
#include <memory>
#include <vector>

namespace fss {

/// While one exists, no SMB client changes the volumes it was made for. Its end
/// lets the writers go on.
class WriteHold {
public:
	virtual ~WriteHold() = default;

	/// Lets the writers go on, and returns how long they were held. To be
	/// called once.
	/// Errors: CommitTimeout where they went on before, because the hold's time
	/// was over; of errno EAGAIN where a first writer came to a volume that had
	/// none, and was not held.
	virtual Result<std::chrono::microseconds> release() = 0;
};

/// What VSS calls flush-and-hold: holds back what SMB clients would change.
class WriteGate {
public:
	virtual ~WriteGate() = default;

	/// Returns when every change under way on the volumes has ended; new ones
	/// wait.
	/// limit: how long writers may wait in all, after which they go on by
	/// themselves, whatever has become of the holder.
	/// Errors: CommitTimeout where changes under way do not end in that time;
	/// nobody is held then.
	virtual Result<std::unique_ptr<WriteHold>> hold(const std::vector<VolumeId> &volumes,
	                                                Clock::Duration limit) = 0;
};

} // namespace fss
