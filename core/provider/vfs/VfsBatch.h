// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"
#include "provider/vfs/HookProcess.h"
#include "provider/vfs/HookRecord.h"
#include "provider/vfs/VfsProvider.h"

#include <optional>
#include <vector>

namespace fss {

/// Snapshots by the hooks of their shares. Each hook has a process, which does
/// all that it can ahead and waits for the word to call it.
class VfsBatch : public SnapshotBatch {
public:
	VfsBatch(const HookProgram &program, const HookLimits &limits)
	        : program_(program), limits_(limits)
	{
	}

	Result<void> open(std::span<const SnapshotRequest> requests);

	std::vector<VolumeId> writtenThrough() const override { return written_; }
	Result<void> flush() override;
	Result<void> arm() override;
	Result<void> fire() override;
	Result<std::vector<SnapshotResult>> finish() override;

private:
	struct Shot {
		SnapshotRequest request;
		std::optional<HookProcess> process{};
		std::string path{}; ///< once it is made
	};

	Result<void> start(Shot &shot) const;
	/// Starts all, and waits until each could call its hook.
	Result<void> makeReady();
	Result<SnapshotResult> describe(Shot &shot) const;

	HookProgram program_;
	HookLimits limits_;
	std::vector<Shot> shots_;
	std::vector<VolumeId> written_;
};

} // namespace fss
