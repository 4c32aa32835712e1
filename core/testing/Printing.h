// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Guid.h"
#include "protocol/HResult.h"
#include "protocol/Status.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <ostream>

/// How GoogleTest prints the core's values.
namespace fss {

inline void PrintTo(HResult code, std::ostream *out)
{
	*out << fmt::format("{} (0x{:08X})", name(code), static_cast<uint32_t>(code));
}

inline void PrintTo(Status status, std::ostream *out)
{
	*out << name(status);
}

template <class Tag> void PrintTo(const Id<Tag> &id, std::ostream *out)
{
	*out << id.text();
}

/// EXPECT_TRUE(succeeded(result)) says why where it did not.
template <class T> testing::AssertionResult succeeded(const Result<T> &result)
{
	if (result)
		return testing::AssertionSuccess();
	return testing::AssertionFailure()
	       << name(result.error().code) << ": " << result.error().text();
}

/// EXPECT_TRUE(failedWith(result, code)).
template <class T> testing::AssertionResult failedWith(const Result<T> &result, HResult code)
{
	if (result)
		return testing::AssertionFailure() << "succeeded";
	if (result.error().code == code)
		return testing::AssertionSuccess();
	return testing::AssertionFailure()
	       << name(result.error().code) << ": " << result.error().text();
}

} // namespace fss
