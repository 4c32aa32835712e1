// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/PathText.h"

#include <gtest/gtest.h>

namespace fss {
namespace {

TEST(PathText, PlainPathsStayAsTheyAre)
{
	EXPECT_EQ(escapedPath("/srv/a b"), "/srv/a b");
}

TEST(PathText, AnyBytesComeBack)
{
	std::string all;
	for (int c = 1; c < 256; c++)
		all += static_cast<char>(c);
	EXPECT_EQ(unescapedPath(escapedPath(all)), all);
	EXPECT_EQ(escapedPath("\xC3\xA4%"), "%C3%A4%25");
}

TEST(PathText, MalformedTextIsNoPath)
{
	for (const char *text : {"%", "%4", "%4g", "%g4", "/a%-1", "/a% 1"})
		EXPECT_EQ(unescapedPath(text), std::nullopt) << text;
}

} // namespace
} // namespace fss
