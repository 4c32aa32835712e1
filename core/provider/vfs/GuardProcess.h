// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/ShareGuard.h"
#include "provider/vfs/HookProcess.h"

#include <chrono>

namespace fss {

/// Asks a share's guard in a process of the snapshot helper's: a script may block.
class GuardProcess : public ShareGuard {
public:
	explicit GuardProcess(HookProgram program,
	                      std::chrono::milliseconds limit = std::chrono::seconds(10))
	        : program_(std::move(program)), limit_(limit)
	{
	}

	Result<void> ask(const GuardQuestion &question) override;

private:
	HookProgram program_;
	std::chrono::milliseconds limit_;
};

} // namespace fss
