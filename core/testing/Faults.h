// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstddef>
#include <string>

namespace fss {

/// Where the fakes of one World may fail: their calls pass here, before they
/// act, in the midst where they do several things, and after it (done, but
/// reported as failed).
class Faults {
public:
	enum class Kind {
		Error, ///< one call fails with EIO
		Full,  ///< whatever writes fails with ENOSPC, until disarm()
		Throw, ///< one call throws
		Stop,  ///< the process dies: nothing it does from then on has an effect
	};
	enum class Effect { Reads, Writes };

	/// What a call of a process that stops never returns with; the core must
	/// not catch it.
	struct Stopped {};

	/// The fault strikes at the number-th point from now on, from 0.
	void arm(Kind kind, size_t number);
	void disarm() { armed_ = false; }
	/// The dead process is gone, another may start.
	void buried() { dead_ = false; }
	/// Stops without throwing: for what runs in a destructor.
	void stopSilently() { silent_ = true; }

	Result<void> reach(const std::string &point, Effect effect);

	bool struck() const { return !where_.empty(); }
	bool dead() const { return dead_; }
	const std::string &where() const { return where_; }

private:
	Result<void> strike(const std::string &point);

	Kind kind_ = Kind::Error;
	size_t left_ = 0; ///< points to pass by before it strikes
	size_t number_ = 0;
	bool armed_ = false;
	bool dead_ = false;
	bool silent_ = false;
	std::string where_;
};

/// A fake that may fail so.
class Faulty {
public:
	Faults *faults = nullptr;

protected:
	Result<void> reading(const std::string &point) const
	{
		return reach(point, Faults::Effect::Reads);
	}
	Result<void> writing(const std::string &point) const
	{
		return reach(point, Faults::Effect::Writes);
	}

private:
	Result<void> reach(const std::string &point, Faults::Effect effect) const
	{
		return faults != nullptr ? faults->reach(point, effect) : Result<void>();
	}
};

} // namespace fss
