// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Error.h"

#include <cerrno>
#include <gtest/gtest.h>

namespace fss {
namespace {

TEST(Error, TellsStepReasonAndAdvice)
{
	const Error error{HResult::Fail, "open '/srv/a'", ENOENT, "mount it"};
	EXPECT_EQ(error.text(), "open '/srv/a': No such file or directory (mount it)");
}

TEST(Error, LeavesOutWhatThereIsNot)
{
	EXPECT_EQ((Error{HResult::Fail, "open", 0, ""}.text()), "open");
	EXPECT_EQ((Error{HResult::Fail, "open", 0, "mount it"}.text()), "open (mount it)");
}

TEST(Error, TravelsInAResult)
{
	const Result<int> result = fail(HResult::NotSupported, "look", EIO, "mend");
	ASSERT_FALSE(result);
	EXPECT_EQ(result.error().code, HResult::NotSupported);
	EXPECT_EQ(result.error().errnum, EIO);
}

} // namespace
} // namespace fss
