// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Executor.h"
#include "testing/Faults.h"

#include <deque>
#include <stdexcept>
#include <utility>

namespace fss {

/// Keeps work until it is told to do it, so that what happens meanwhile can
/// be tested.
class ManualExecutor : public Executor, public Faulty {
public:
	void run(std::function<void()> work, std::function<void()> done) override
	{
		if (!reading("start a thread"))
			throw std::runtime_error("no thread is to be had");
		queue_.emplace_back(std::move(work), std::move(done));
	}
	void wakeAt(std::optional<Clock::Duration> time) override { wakeTime = time; }

	size_t waiting() const { return queue_.size(); }
	/// Does the oldest piece of work; false where there is none.
	bool runNext()
	{
		if (queue_.empty())
			return false;
		auto [work, done] = std::move(queue_.front());
		queue_.pop_front();
		work();
		done();
		return true;
	}
	void runAll()
	{
		while (runNext())
			;
	}
	/// As when the process dies.
	void forget() { queue_.clear(); }

	std::optional<Clock::Duration> wakeTime;

private:
	std::deque<std::pair<std::function<void()>, std::function<void()>>> queue_;
};

} // namespace fss
