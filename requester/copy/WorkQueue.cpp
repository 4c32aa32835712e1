// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/WorkQueue.h"

namespace fss::requester {

void WorkQueue::add(DirectoryWork work)
{
	std::lock_guard guard(lock_);
	directories_.push_back(std::move(work));
	++outstanding_;
	++listing_;
	changed_.notify_one();
}

void WorkQueue::add(std::vector<FileWork> work)
{
	std::lock_guard guard(lock_);
	outstanding_ += work.size();
	for (auto &file : work)
		files_.push_back(std::move(file));
	changed_.notify_all();
}

void WorkQueue::share(const SharedWork &work)
{
	std::lock_guard guard(lock_);
	shared_.push_back(work);
	changed_.notify_all();
}

std::optional<Work> WorkQueue::next()
{
	std::erase_if(shared_, [](const SharedWork &work) { return !work->unclaimed(); });
	if (!shared_.empty()) {
		++outstanding_;
		return shared_.front();
	}
	if (!directories_.empty() && files_.size() < ManyFiles) {
		Work work = std::move(directories_.back());
		directories_.pop_back();
		return work;
	}
	if (!files_.empty()) {
		Work work = std::move(files_.front());
		files_.pop_front();
		return work;
	}
	return std::nullopt;
}

std::optional<Work> WorkQueue::take()
{
	std::unique_lock guard(lock_);
	while (!stopped_ && outstanding_ > 0) {
		if (auto work = next())
			return work;
		changed_.wait(guard);
	}
	return std::nullopt;
}

void WorkQueue::done()
{
	std::lock_guard guard(lock_);
	if (--outstanding_ == 0) {
		changed_.notify_all();
		ended_.notify_all();
	}
}

void WorkQueue::listed()
{
	std::lock_guard guard(lock_);
	--listing_;
}

void WorkQueue::stop()
{
	std::lock_guard guard(lock_);
	stopped_ = true;
	changed_.notify_all();
	ended_.notify_all();
}

bool WorkQueue::allListed() const
{
	std::lock_guard guard(lock_);
	return listing_ == 0;
}

bool WorkQueue::waitForEnd(std::chrono::milliseconds time)
{
	std::unique_lock guard(lock_);
	return ended_.wait_for(guard, time, [this] { return stopped_ || outstanding_ == 0; });
}

} // namespace fss::requester
