// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

namespace fss {

/// What a callback of the host returned, 0 or an errno value.
inline Result<void> hostResult(int errnum, std::string step, const char *advice)
{
	if (errnum == 0)
		return {};
	return fail(HResult::Fail, std::move(step), errnum, advice);
}

} // namespace fss
