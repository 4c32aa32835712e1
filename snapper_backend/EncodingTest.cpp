// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/Encoding.h"

#include <gtest/gtest.h>

namespace fss::snapper {
namespace {

using namespace std::string_literals;

TEST(SnapperEncoding, NonAsciiBytesAreHexadecimal)
{
	EXPECT_EQ(encode("h\xc3\xa4llo"), "h\\xc3\\xa4llo");
	EXPECT_EQ(decode("h\\xc3\\xa4llo"), "h\xc3\xa4llo");
}

TEST(SnapperEncoding, ABackslashIsTwo)
{
	EXPECT_EQ(encode("a\\b"), "a\\\\b");
	EXPECT_EQ(decode("a\\\\b"), "a\\b");
	EXPECT_EQ(decode("\\\\x41"), "\\x41");
}

TEST(SnapperEncoding, AnyCharacterMayBeEscapedInEitherCase)
{
	EXPECT_EQ(decode("\\x41\\x4A\\x4a"), "AJJ");
}

TEST(SnapperEncoding, BytesThatAreNoTextSurvive)
{
	for (int byte = 1; byte < 256; byte++) {
		const auto bytes = "a"s + static_cast<char>(byte) + "b";
		EXPECT_EQ(decode(encode(bytes)), bytes) << byte;
	}
}

TEST(SnapperEncoding, WhatIsNotOfTheFormIsRefused)
{
	for (const auto &text : {"\\"s, "a\\"s, "\\x"s, "\\x4"s, "\\xg0"s, "\\x0g"s, "\\n"s,
	                         "\\x-1"s, "\\x+1"s, "\\x 1"s, "\\X41"s, "a\0b"s, "\\x00"s})
		EXPECT_FALSE(decode(text)) << text;
}

} // namespace
} // namespace fss::snapper
