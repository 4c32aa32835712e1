// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/BigFile.h"

#include <condition_variable>
#include <deque>
#include <variant>

namespace fss::requester {

struct DirectoryWork {
	std::string path;
	RemoteEntry entry;
};

struct FileWork {
	std::string directory;
	RemoteEntry entry;
};

/// A file that one connection has begun and others may join.
using SharedWork = std::shared_ptr<BigFile>;

using Work = std::variant<DirectoryWork, FileWork, SharedWork>;

/// What is to be copied, for all threads. Big files that are begun come first:
/// few are partial at a time. Then directories, so that the whole is known
/// early, unless so many files wait that they need room.
class WorkQueue {
public:
	void add(DirectoryWork work);
	void add(std::vector<FileWork> work);
	void share(const SharedWork &work);

	/// Waits for work; nothing once all is done, or stopped. Each is followed
	/// by a done().
	std::optional<Work> take();
	void done();
	/// A directory that was taken has had its content added.
	void listed();
	void stop();

	/// No directory waits or is being listed.
	bool allListed() const;
	/// Waits until all is done, or stopped, or that long.
	bool waitForEnd(std::chrono::milliseconds time);

private:
	static constexpr size_t ManyFiles = 50000;

	std::optional<Work> next();

	mutable std::mutex lock_;
	std::condition_variable changed_;
	std::condition_variable ended_;
	std::vector<DirectoryWork> directories_; ///< the last first: depth first keeps few
	std::deque<FileWork> files_;
	std::vector<SharedWork> shared_;
	size_t outstanding_ = 0; ///< waiting and taken
	size_t listing_ = 0;     ///< directories waiting and taken
	bool stopped_ = false;
};

} // namespace fss::requester
