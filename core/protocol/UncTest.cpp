// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Unc.h"

#include "testing/Printing.h"

#include <gmock/gmock.h>
#include <random>

namespace fss {
namespace {

Result<Unc> parse(const std::u16string &text)
{
	return Unc::parse(std::span<const char16_t>(text.data(), text.size()));
}

TEST(Unc, HasHostAndShare)
{
	const auto unc = parse(u"\\\\server\\share");
	ASSERT_TRUE(succeeded(unc));
	EXPECT_EQ(unc->host, "server");
	EXPECT_EQ(unc->share, "share");
	EXPECT_EQ(unc->given, "\\\\server\\share");
	EXPECT_FALSE(unc->trailingBackslash);
}

TEST(Unc, RemembersATrailingBackslash)
{
	const auto unc = parse(u"\\\\server\\share$\\");
	ASSERT_TRUE(succeeded(unc));
	EXPECT_EQ(unc->share, "share$");
	EXPECT_TRUE(unc->trailingBackslash);
	EXPECT_EQ(unc->given, "\\\\server\\share$\\");
}

TEST(Unc, CutsAPathBehindTheShare)
{
	const auto unc = parse(u"\\\\server\\share\\some\\where\\");
	ASSERT_TRUE(succeeded(unc));
	EXPECT_EQ(unc->share, "share");
	EXPECT_FALSE(unc->trailingBackslash);
}

TEST(Unc, TakesAFinalNulOrNone)
{
	const auto with = parse(std::u16string(u"\\\\server\\share\0", 15));
	ASSERT_TRUE(succeeded(with));
	EXPECT_EQ(with->share, "share");
}

TEST(Unc, KeepsNamesInAnyScript)
{
	const auto unc = parse(u"\\\\сервер\\données – 数据 𝔘");
	ASSERT_TRUE(succeeded(unc));
	EXPECT_EQ(unc->host, "сервер");
	EXPECT_EQ(unc->share, "données – 数据 𝔘");
}

TEST(Unc, KeepsAnEightyCharacterName)
{
	const std::u16string share(80, u'x');
	const auto unc = parse(u"\\\\server\\" + share);
	ASSERT_TRUE(succeeded(unc));
	EXPECT_EQ(unc->share, std::string(80, 'x'));
}

TEST(Unc, TakesAddressesAsHosts)
{
	EXPECT_EQ(parse(u"\\\\192.0.2.1\\share")->host, "192.0.2.1");
	EXPECT_EQ(parse(u"\\\\2001-db8--1.ipv6-literal.net\\share")->host,
	          "2001-db8--1.ipv6-literal.net");
}

struct Hostile {
	const char *what;
	std::u16string text;
};

class HostileUnc : public testing::TestWithParam<Hostile> {};

TEST_P(HostileUnc, IsAnInvalidArgument)
{
	EXPECT_TRUE(failedWith(parse(GetParam().text), HResult::InvalidArg));
}

const Hostile hostile[] = {
        {"Empty", u""},
        {"OnlyNul", std::u16string(1, u'\0')},
        {"TwoNuls", std::u16string(u"\\\\server\\share\0\0", 16)},
        {"EmbeddedNul", std::u16string(u"\\\\server\\sh\0are", 15)},
        {"NulInHost", std::u16string(u"\\\\ser\0ver\\share", 15)},
        {"OneBackslash", u"\\"},
        {"TwoBackslashes", u"\\\\"},
        {"ThreeBackslashes", u"\\\\\\"},
        {"NoBackslash", u"share"},
        {"OneLeadingBackslash", u"\\server\\share"},
        {"OnlyHost", u"\\\\server"},
        {"HostAndBackslash", u"\\\\server\\"},
        {"EmptyHost", u"\\\\\\share"},
        {"EmptyShare", u"\\\\server\\\\path"},
        {"ForwardSlashes", u"//server/share"},
        {"SlashInShare", u"\\\\server\\sh/are"},
        {"DotHost", u"\\\\.\\share"},
        {"DotDotHost", u"\\\\..\\share"},
        {"DotShare", u"\\\\server\\."},
        {"DotDotShare", u"\\\\server\\.."},
        {"DotDotBehind", u"\\\\server\\share\\..\\other"},
        {"DotDotAtEnd", u"\\\\server\\share\\a\\.."},
        {"DotBehind", u"\\\\server\\share\\."},
        {"DotDotThenBackslash", u"\\\\server\\share\\..\\"},
        {"Newline", u"\\\\server\\share\nfss: all is well"},
        {"CarriageReturn", u"\\\\server\\sha\rre"},
        {"Escape", u"\\\\server\\\x1b[2J"},
        {"Delete", u"\\\\server\\share\x7f"},
        {"TooLong", u"\\\\server\\" + std::u16string(32'760, u'a')},
        {"SixtyFourKibibytes", u"\\\\server\\" + std::u16string(65'536, u'a')},
};

INSTANTIATE_TEST_SUITE_P(Unc, HostileUnc, testing::ValuesIn(hostile),
                         [](const auto &info) { return std::string(info.param.what); });

TEST(Unc, ManyComponentsBehindTheShareAreNoTrouble)
{
	std::u16string text = u"\\\\server\\share";
	for (int i = 0; i < 8'000; i++)
		text += u"\\a";
	EXPECT_TRUE(succeeded(parse(text)));
}

TEST(Unc, RefusesALoneSurrogate)
{
	const std::u16string high(1, char16_t(0xD800)), low(1, char16_t(0xDC00));
	for (const auto &bad : {high, low, low + high, high + u"x", high + high})
		EXPECT_TRUE(failedWith(parse(u"\\\\server\\" + bad), HResult::InvalidArg));
}

TEST(Unc, RefusesAHostWithALoneSurrogate)
{
	const std::u16string high(1, char16_t(0xDBFF));
	EXPECT_TRUE(failedWith(parse(u"\\\\" + high + u"\\share"), HResult::InvalidArg));
}

TEST(Unc, LongestAcceptedIsTheLongestPathOfWindows)
{
	const std::u16string start = u"\\\\server\\";
	EXPECT_TRUE(succeeded(parse(start + std::u16string(32'767 - start.size(), u'a'))));
	EXPECT_FALSE(parse(start + std::u16string(32'768 - start.size(), u'a')));
}

TEST(Unc, NothingGetsThroughThatCouldLeaveItsShare)
{
	std::mt19937 random(7);
	const std::u16string alphabet = std::u16string(u"\\\\\\./a$\0\n@{", 12) + char16_t(0xD801) +
	                                char16_t(0xDC01) + char16_t(0xFFFF);
	for (int i = 0; i < 50'000; i++) {
		std::u16string text = i % 2 ? u"\\\\" : u"";
		for (auto length = random() % 16; length > 0; length--)
			text += alphabet[random() % alphabet.size()];
		const auto unc = parse(text);
		if (!unc) {
			EXPECT_EQ(unc.error().code, HResult::InvalidArg);
			continue;
		}
		for (const auto &part : {unc->host, unc->share}) {
			EXPECT_FALSE(part.empty());
			EXPECT_EQ(part.find_first_of(std::string("\\/\n\0", 4)), part.npos);
			EXPECT_NE(part, ".");
			EXPECT_NE(part, "..");
		}
		EXPECT_EQ(unc->given.find("\\..\\"), std::string::npos);
	}
}

TEST(Unc, SurrogatePairsBecomeOneCharacter)
{
	const char16_t pair[] = {0xD83D, 0xDE00};
	EXPECT_EQ(toUtf8(pair), "\xF0\x9F\x98\x80");
	const char16_t first[] = {0xD800, 0xDC00}, last[] = {0xDBFF, 0xDFFF};
	EXPECT_EQ(toUtf8(first), "\xF0\x90\x80\x80");
	EXPECT_EQ(toUtf8(last), "\xF4\x8F\xBF\xBF");
}

TEST(Unc, EncodesAtTheBordersOfUtf8)
{
	const char16_t units[] = {0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF};
	EXPECT_EQ(toUtf8(units),
	          "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF");
}

} // namespace
} // namespace fss
