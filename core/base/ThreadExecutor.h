// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Executor.h"
#include "base/Fd.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace fss {

/// Executor on a few threads. Its descriptor becomes readable when dispatch()
/// has something to do: for an event loop that is not ours.
class ThreadExecutor : public Executor {
public:
	/// Throws std::system_error where the kernel gives no descriptors.
	explicit ThreadExecutor(size_t threads);
	~ThreadExecutor() override { stop(); }

	/// Waits for running work and drops the rest; no `done` is called any more.
	void stop();

	void run(std::function<void()> work, std::function<void()> done) override;
	void wakeAt(std::optional<Clock::Duration> time) override;

	int fd() const { return epoll_.get(); }
	/// Calls the `done` of finished work, and `tick` where its time has come.
	void dispatch(const std::function<void()> &tick);

private:
	struct Task {
		std::function<void()> work, done;
	};
	void serve();
	/// Throws where the last task would have no thread at all; it is dropped then.
	void addThread();
	/// Makes the descriptor readable.
	void announce();

	Fd epoll_, event_, timer_;
	std::mutex mutex_;
	std::condition_variable wakeup_;
	std::deque<Task> waiting_;
	std::deque<std::function<void()>> finished_;
	bool stopping_ = false;
	const size_t limit_;
	size_t idle_ = 0;
	std::vector<std::thread> threads_;
};

} // namespace fss
