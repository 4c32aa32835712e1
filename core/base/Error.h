// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocol/HResult.h"

#include <exception>
#include <string>
#include <tl/expected.hpp>

namespace fss {

/// What went wrong: which step, why (errno), what the client is told, and what
/// an administrator can do about it. Travels unchanged from where it arose to
/// the log line and the answer.
struct Error {
	HResult code = HResult::Fail;
	std::string step;   ///< what was tried, with its object: "open '/srv/a'"
	int errnum = 0;     ///< errno of the system or provider call, 0: none
	std::string advice; ///< what to change, empty where there is nothing

	/// One line for the log: step, reason, advice.
	std::string text() const;
};

template <class T> using Result = tl::expected<T, Error>;

/// Shorthand for a failed Result.
tl::unexpected<Error> fail(HResult code, std::string step, int errnum = 0, std::string advice = {});

/// What fn() returns; what it throws becomes its error.
template <class Fn> auto caught(Fn &&fn) -> decltype(fn())
{
	try {
		return fn();
	} catch (const std::exception &error) {
		return fail(HResult::Fail, error.what());
	}
}

} // namespace fss
