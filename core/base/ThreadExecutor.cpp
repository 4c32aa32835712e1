// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ThreadExecutor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iterator>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <system_error>

namespace fss {

namespace {

Fd checked(int fd, const char *what)
{
	if (fd < 0)
		throw std::system_error(errno, std::generic_category(), what);
	return Fd(fd);
}

void watch(int epoll, int fd)
{
	epoll_event event{};
	event.events = EPOLLIN;
	event.data.fd = fd;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

bool drain(int fd)
{
	uint64_t count = 0;
	return read(fd, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count));
}

// Signals belong to the host's main thread, but for those that a thread causes itself:
// blocked, they end the process, whatever handler it has (BusGuard).
class SignalsBlocked {
public:
	SignalsBlocked()
	{
		sigset_t all;
		sigfillset(&all);
		for (const int own : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP})
			sigdelset(&all, own);
		pthread_sigmask(SIG_SETMASK, &all, &saved_);
	}
	~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }
	SignalsBlocked(const SignalsBlocked &) = delete;
	SignalsBlocked &operator=(const SignalsBlocked &) = delete;

private:
	sigset_t saved_{};
};

} // namespace

ThreadExecutor::ThreadExecutor(size_t threads)
        : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
          event_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
          timer_(checked(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
                         "timerfd_create")),
          limit_(threads)
{
	watch(epoll_.get(), event_.get());
	watch(epoll_.get(), timer_.get());
}

void ThreadExecutor::stop()
{
	{
		const std::lock_guard lock(mutex_);
		stopping_ = true;
		waiting_.clear();
	}
	wakeup_.notify_all();
	for (auto &thread : threads_)
		thread.join();
	threads_.clear();
	finished_.clear();
}

void ThreadExecutor::run(std::function<void()> work, std::function<void()> done)
{
	const std::lock_guard lock(mutex_);
	if (stopping_)
		return;
	waiting_.push_back({std::move(work), std::move(done)});
	// Threads come when they are first needed: most workers never make a set.
	if (idle_ < waiting_.size() && threads_.size() < limit_)
		addThread();
	wakeup_.notify_one();
}

void ThreadExecutor::addThread()
{
	const SignalsBlocked blocked;
	try {
		threads_.emplace_back([this] { serve(); });
	} catch (...) {
		if (!threads_.empty())
			return; // those that are there do it in their turn
		waiting_.pop_back();
		throw;
	}
}

void ThreadExecutor::serve()
{
	std::unique_lock lock(mutex_);
	for (;;) {
		idle_++;
		wakeup_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
		idle_--;
		if (stopping_)
			return;
		auto task = std::move(waiting_.front());
		waiting_.pop_front();
		lock.unlock();
		task.work();
		lock.lock();
		finished_.push_back(std::move(task.done));
		announce();
	}
}

void ThreadExecutor::wakeAt(std::optional<Clock::Duration> time)
{
	itimerspec spec{};
	if (time) {
		// A zero would switch the timer off.
		const auto ms = std::max<int64_t>(time->count(), 1);
		spec.it_value.tv_sec = ms / 1000;
		spec.it_value.tv_nsec = (ms % 1000) * 1'000'000;
	}
	timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void ThreadExecutor::announce()
{
	const uint64_t one = 1;
	// Where the counter is full, the descriptor is readable all the same.
	static_cast<void>(!write(event_.get(), &one, sizeof(one)));
}

void ThreadExecutor::dispatch(const std::function<void()> &tick)
{
	std::deque<std::function<void()>> finished;
	if (drain(event_.get())) {
		const std::lock_guard lock(mutex_);
		finished.swap(finished_);
	}
	while (!finished.empty()) {
		const auto done = std::move(finished.front());
		finished.pop_front();
		try {
			done();
		} catch (...) {
			// The others' turn still comes.
			const std::lock_guard lock(mutex_);
			std::move(finished_.begin(), finished_.end(), std::back_inserter(finished));
			finished_ = std::move(finished);
			announce();
			throw;
		}
	}
	if (drain(timer_.get()))
		tick();
}

} // namespace fss
