// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <functional>
#include <optional>

namespace fss {

/// Runs long work beside the agent's thread, and wakes the agent.
class Executor {
public:
	virtual ~Executor() = default;

	/// Runs `work` on another thread and then `done` on the agent's. `work`
	/// makes system and provider calls only. Where it throws, neither is run.
	virtual void run(std::function<void()> work, std::function<void()> done) = 0;
	/// Asks for Agent::tick() at that time (Clock::sinceBoot()); replaces the
	/// time asked for before. Nothing: no tick.
	virtual void wakeAt(std::optional<Clock::Duration> time) = 0;
};

} // namespace fss
