// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Copy.h"
#include "requester/copy/CopyRun.h"

#include <condition_variable>
#include <deque>
#include <thread>

namespace fss::requester {

/// Threads that are waited for.
class Threads {
public:
	Threads(unsigned count, const std::function<void(unsigned)> &work)
	{
		for (unsigned number = 0; number < std::max(1U, count); ++number)
			threads_.emplace_back(work, number);
	}
	~Threads() { join(); }
	void join()
	{
		for (auto &thread : threads_)
			thread.join();
		threads_.clear();
	}

private:
	std::vector<std::thread> threads_;
};

/// Tells the user how a run goes, and the run when the user wants to end.
class Observer {
public:
	static constexpr auto Interval = std::chrono::milliseconds(200);

	Observer(CopyRun &run, const CopyWatch &watch, const Cancellation &cancellation)
	        : run_(run), watch_(watch), cancellation_(cancellation)
	{
	}

	void look()
	{
		if (cancellation_.requested())
			run_.stop({.kind = FailureKind::Cancelled,
			           .step = "copy",
			           .reason = "it was ended",
			           .advice = "run the same command again to go on"});
		auto progress = run_.progress();
		meter_.measure(progress, Meter::Clock::now());
		if (watch_)
			watch_(progress);
	}

private:
	CopyRun &run_;
	const CopyWatch &watch_;
	const Cancellation &cancellation_;
	Meter meter_;
};

/// Hands things from one thread to several, and holds only so many.
template <class T> class Belt {
public:
	/// False once it was cut.
	bool put(T thing)
	{
		std::unique_lock guard(lock_);
		changed_.wait(guard, [this] { return things_.size() < Most || closed_; });
		if (closed_)
			return false;
		things_.push_back(std::move(thing));
		changed_.notify_all();
		return true;
	}
	/// Nothing once it is closed and empty.
	std::optional<T> take()
	{
		std::unique_lock guard(lock_);
		changed_.wait(guard, [this] { return !things_.empty() || closed_; });
		if (things_.empty())
			return std::nullopt;
		T thing = std::move(things_.front());
		things_.pop_front();
		changed_.notify_all();
		return thing;
	}
	void close(bool dropRest = false)
	{
		std::lock_guard guard(lock_);
		closed_ = true;
		if (dropRest)
			things_.clear();
		changed_.notify_all();
	}

private:
	static constexpr size_t Most = 256;
	std::mutex lock_;
	std::condition_variable changed_;
	std::deque<T> things_;
	bool closed_ = false;
};

} // namespace fss::requester
