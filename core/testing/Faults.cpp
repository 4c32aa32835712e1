// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/Faults.h"

#include <cerrno>
#include <new>
#include <stdexcept>

namespace fss {

void Faults::arm(Kind kind, size_t number)
{
	kind_ = kind;
	left_ = number_ = number;
	armed_ = true;
	where_.clear();
}

Result<void> Faults::reach(const std::string &point, Effect effect)
{
	if (dead_)
		return fail(HResult::Fail, "a dead process does nothing");
	if (!armed_ || (kind_ == Kind::Full && effect == Effect::Reads))
		return {};
	if (left_ > 0) {
		left_--;
		return {};
	}
	return strike(point);
}

Result<void> Faults::strike(const std::string &point)
{
	if (where_.empty())
		where_ = point;
	switch (kind_) {
	case Kind::Full:
		return fail(HResult::Fail, point, ENOSPC);
	case Kind::Error:
		armed_ = false;
		return fail(HResult::Fail, point, EIO);
	case Kind::Throw:
		armed_ = false;
		if (number_ % 2 == 0)
			throw std::bad_alloc();
		throw std::runtime_error("thrown at " + point);
	case Kind::Stop:
		armed_ = false;
		dead_ = true;
		if (!silent_)
			throw Stopped();
	}
	return fail(HResult::Fail, point);
}

} // namespace fss
