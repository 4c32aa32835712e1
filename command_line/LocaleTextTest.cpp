// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/LocaleText.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace fss::cli {
namespace {

TEST(LocaleText, NamesCrossInBothDirections)
{
	EXPECT_EQ(fromLocale("//server/B\xfcro", "ISO-8859-15"), "//server/Büro");
	EXPECT_EQ(toLocale("Büro für 5 €", "ISO-8859-15"), "B\xfcro f\xfcr 5 \xa4");
	EXPECT_EQ(fromLocale("B\x81ro", "CP850"), "Büro");
	EXPECT_EQ(toLocale("Büro", "CP850"), "B\x81ro");
}

TEST(LocaleText, UnicodeStaysWhatItIs)
{
	EXPECT_EQ(fromLocale("Büro", "UTF-8"), "Büro");
	EXPECT_EQ(toLocale("B\xfcro", "UTF-8"), "B\xfcro");
}

TEST(LocaleText, PathsInAMessageThatAreNoTextStayWhatTheyAre)
{
	EXPECT_EQ(toLocale("Büro: '/srv/B\xfcro' is full", "ISO-8859-1"),
	          "B\xfcro: '/srv/B\xfcro' is full");
}

TEST(LocaleText, WhatTheCharsetDoesNotHaveIsReadableStill)
{
	const auto text = toLocale("Файл.txt", "ISO-8859-1");
	EXPECT_TRUE(text.ends_with(".txt")) << text;
	for (const char c : text)
		EXPECT_LT(static_cast<unsigned char>(c), 0x80) << text;
	EXPECT_EQ(toLocale(std::string(1000, 'x') + "ü", "ISO-8859-1"),
	          std::string(1000, 'x') + "\xfc");
}

TEST(LocaleText, ACharsetThatNobodyKnowsChangesNothing)
{
	EXPECT_EQ(fromLocale("B\xfcro", "none"), "B\xfcro");
}

TEST(LocaleText, WithoutALocaleItIsUnicode)
{
	setenv("LC_ALL", "C", 1);
	EXPECT_EQ(localeCharset(), "UTF-8");
	unsetenv("LC_ALL");
}

} // namespace
} // namespace fss::cli
