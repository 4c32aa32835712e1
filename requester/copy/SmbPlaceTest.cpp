// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/SmbPlace.h"

#include <gtest/gtest.h>

namespace fss::requester {
namespace {

TEST(AnAddress, HasWhatMeansSomethingEscaped)
{
	EXPECT_EQ(escapedAddress("fs1.example.com", "vm@{F1C5}", "a b/c?d%20/größe"),
	          "fs1.example.com/vm%40%7BF1C5%7D/a%20b/c%3Fd%2520/gr%C3%B6%C3%9Fe");
	EXPECT_EQ(escapedAddress("::1", "s", ""), "%3A%3A1/s/");
}

TEST(APlace, IsNamedAsOnWindows)
{
	EXPECT_EQ((SmbPlace{.host = "h", .share = "s", .path = "a/b"}.unc()), "\\\\h\\s\\a\\b");
	EXPECT_EQ((SmbPlace{.host = "h", .share = "s", .path = ""}.unc()), "\\\\h\\s");
}

} // namespace
} // namespace fss::requester
