// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <exception>
#include <fmt/format.h>

namespace fss {

/// What a callback of the host returned, 0 or an errno value. What succeeded is
/// not made a failure by want of memory for a text: a transaction that has
/// begun would stay open.
inline Result<void> hostResult(int errnum, const char *where, const char *step, const char *advice,
                               const char *object = "")
{
	if (errnum == 0)
		return {};
	return fail(HResult::Fail, fmt::format("{}: {}{}", where, step, object), errnum, advice);
}

/// What a callback fills. No exception may pass through the host's frames: it
/// is carried around them.
template <class T> struct Filled {
	T &target;
	std::exception_ptr thrown{};

	template <class Fn> static void fill(void *arg, Fn fn) noexcept
	{
		auto &self = *static_cast<Filled *>(arg);
		try {
			if (!self.thrown)
				fn(self.target);
		} catch (...) {
			self.thrown = std::current_exception();
		}
	}
	void rethrow() const
	{
		if (thrown)
			std::rethrow_exception(thrown);
	}
};

} // namespace fss
