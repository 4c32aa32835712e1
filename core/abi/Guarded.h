// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cerrno>
#include <cstring>
#include <exception>

/// For functions of the C interface that report failure by an errno value and a
/// sentence, which is the caller's to free().
namespace fss::abi {

inline int report(const Error &error, char **detail)
{
	*detail = strdup(error.text().c_str());
	return error.errnum != 0 ? error.errnum : EOPNOTSUPP;
}

/// Nothing thrown crosses the C interface.
template <class Fn> int guarded(char **detail, Fn fn) noexcept
{
	*detail = nullptr;
	try {
		return fn();
	} catch (const std::exception &error) {
		*detail = strdup(error.what());
		return ENOMEM;
	}
}

} // namespace fss::abi
