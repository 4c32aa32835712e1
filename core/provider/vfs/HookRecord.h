// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "base/Guid.h"

#include <chrono>
#include <string>
#include <vector>

namespace fss {

/// What came of a shadow copy's hooks, in a file of its own. The agent's store
/// cannot have it: where a snapshot is its module says after it has made it, and
/// the agent may have died by then. The file exists from the call of the hook
/// until the snapshot is gone; whoever works with the snapshot has its lock, and
/// a process that calls a hook keeps that for as long as it runs.
///
/// Lines: "armed BOOT-ID", on disk before the hook may be called; "called";
/// the hook's answer, on disk before the agent records it; "reported".
class HookRecord {
public:
	using Time = std::chrono::steady_clock::time_point;

	enum class State {
		NotMade, ///< there is no snapshot
		Made,    ///< at path
		/// The hook was called and cut short, or the machine went down then.
		Unknown,
		Reported, ///< is unknown, and an administrator was told so
	};
	struct Outcome {
		State state = State::NotMade;
		std::string path{};
	};

	/// Opens the file, and makes it where it is missing, with its lock.
	/// directory: made where need be; must be this user's and no other's to
	/// write.
	/// Errors: EBUSY where a hook is at work until then.
	static Result<HookRecord> open(const std::string &directory, const CopyId &id, Time until);
	/// As it is, without its lock; NotMade where there is no file.
	static Result<Outcome> look(const std::string &directory, const CopyId &id);

	/// The shadow copies of which there is one.
	static Result<std::vector<CopyId>> list(const std::string &directory);

	Result<Outcome> outcome() const;
	/// Forgets what it says; from now on the hook may be called.
	Result<void> arm();
	Result<void> setReported();
	Result<void> remove();

	int descriptor() const { return file_.get(); }

private:
	HookRecord(Fd directory, Fd file, std::string name)
	        : directory_(std::move(directory)), file_(std::move(file)), name_(std::move(name))
	{
	}

	Fd directory_;
	Fd file_; ///< its lock lasts until this and its copies are closed
	std::string name_;
};

} // namespace fss
