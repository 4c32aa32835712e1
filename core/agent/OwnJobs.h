// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"

#include <algorithm>
#include <vector>

namespace fss {

/// Which jobs that bear this worker's name, or may bear it, it does not work
/// on. Such a job is recovered as if its worker had died.
///
/// They come about where the store fails, which leaves open what is on record,
/// and where something is thrown between the record and the work.
class OwnJobs {
public:
	/// The open transaction records that the job begins.
	void begin(const SetId &set) { begun_.push_back(set); }
	/// The open transaction records that it has ended, or was not worked on.
	void end(const SetId &set)
	{
		if (std::erase(begun_, set) > 0)
			lost_.push_back(set);
		ended_.push_back(set);
	}
	/// The open transaction has looked at all that are lost.
	void endLost() { ended_.insert(ended_.end(), lost_.begin(), lost_.end()); }
	/// The transaction's changes are made.
	void committed()
	{
		for (const auto &set : ended_)
			std::erase(lost_, set);
		ended_.clear();
	}
	/// They may be, or not.
	void failed()
	{
		ended_.clear();
		loseBegun();
	}

	/// The recorded job is worked on from now on.
	void start(const SetId &set)
	{
		std::erase(begun_, set);
		std::erase(lost_, set);
	}
	/// It is no longer, and the record may not say so.
	void lose(const SetId &set) { lost_.push_back(set); }
	/// Nothing that was begun will be started.
	void loseBegun()
	{
		lost_.insert(lost_.end(), begun_.begin(), begun_.end());
		begun_.clear();
	}

	bool isLost(const SetId &set) const
	{
		return contains(begun_, set) || contains(lost_, set);
	}
	bool anyLost() const { return !lost_.empty(); }

private:
	static bool contains(const std::vector<SetId> &sets, const SetId &set)
	{
		return std::find(sets.begin(), sets.end(), set) != sets.end();
	}

	std::vector<SetId> begun_, ended_, lost_;
};

} // namespace fss
