// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"

#include "base/Cause.h"

#include <fmt/format.h>
#include <system_error>

namespace fss {

std::string Error::text() const
{
	std::string line = step;
	if (errnum != 0)
		line += fmt::format(": {}", std::generic_category().message(errnum));
	if (!advice.empty())
		line += fmt::format(" ({})", advice);
	return line;
}

tl::unexpected<Error> fail(HResult code, std::string step, int errnum, std::string advice)
{
	if (const auto *cause = causeOf(Operation::File, errnum)) {
		// A full disk has a code of its own wherever it is met.
		if (code == HResult::Fail)
			code = cause->code;
		if (advice.empty())
			advice = cause->remedy;
	}
	return tl::unexpected(Error{code, std::move(step), errnum, std::move(advice)});
}

} // namespace fss
