// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Names.h"

#include "testing/Printing.h"

namespace fss {
namespace {

const CopyId id = *CopyId::parse("f1c5e17a-4168-4611-9cd4-8366f9f935c3");
const std::string braced = "{F1C5E17A-4168-4611-9CD4-8366F9F935C3}";

std::string exposed(const std::string &unc, const std::string &share)
{
	return exposedName(*Unc::parse(unc), share, id);
}

TEST(Names, ExposedShareIsShareAndIdInCapitals)
{
	EXPECT_EQ(exposed("\\\\srv\\s", "s"), "s@" + braced);
	EXPECT_EQ(exposed("\\\\srv\\s\\", "s"), "s@" + braced);
}

TEST(Names, ExposedHiddenShareIsHiddenWhereTheClientWroteABackslash)
{
	EXPECT_EQ(exposed("\\\\srv\\s$\\", "s$"), "s$@" + braced + "$");
	EXPECT_EQ(exposed("\\\\srv\\s$", "s$"), "s$@" + braced);
	EXPECT_EQ(exposed("\\\\srv\\s$\\sub", "s$"), "s$@" + braced);
}

TEST(Names, ExposedShareKeepsTheSharesOwnSpelling)
{
	EXPECT_EQ(exposed("\\\\srv\\DATA", "Data"), "Data@" + braced);
}

TEST(Names, ExposedShareMayBeLongAndInAnyScript)
{
	const std::string longName(80, 'n');
	EXPECT_EQ(exposed("\\\\srv\\" + longName, longName), longName + "@" + braced);
	EXPECT_EQ(exposed("\\\\srv\\données", "données"), "données@" + braced);
}

TEST(Names, CaseDoesNotMatter)
{
	EXPECT_TRUE(sameName("Share", "sHARE"));
	EXPECT_TRUE(sameName("", ""));
	EXPECT_FALSE(sameName("share", "share1"));
	EXPECT_FALSE(sameName("share", "share "));
}

TEST(Names, CaseDoesNotMatterOutsideAscii)
{
	EXPECT_TRUE(sameName("Données", "DONNÉES"));
	EXPECT_TRUE(sameName("ÜBUNG", "übung"));
	EXPECT_TRUE(sameName("ДАННЫЕ", "данные"));
	EXPECT_TRUE(sameName("ΣΊΣΥΦΟΣ", "σίσυφος"));
	EXPECT_FALSE(sameName("e", "é"));
}

TEST(Names, CaseFoldingDoesNotDependOnTheLocale)
{
	const std::string before = setlocale(LC_ALL, nullptr);
	ASSERT_NE(setlocale(LC_ALL, "C"), nullptr);
	EXPECT_TRUE(sameName("Ä", "ä"));
	setlocale(LC_ALL, before.c_str());
}

TEST(Names, MalformedUtf8IsComparedWithoutTrouble)
{
	EXPECT_FALSE(sameName("\xF0", "\xF0\x9F"));
	EXPECT_TRUE(sameName("\xC3", "\xC3"));
	EXPECT_FALSE(sameName("\xFF", "\xFE"));
}

const std::vector<std::string> own{"SERVER", "server.example.com", "192.0.2.1", "2001:db8::1",
                                   "fe80::1%eth0"};

TEST(Names, KnowsItsOwnNamesInAnyCase)
{
	EXPECT_TRUE(isOwnName("server", own));
	EXPECT_TRUE(isOwnName("Server.Example.COM", own));
	EXPECT_TRUE(isOwnName("192.0.2.1", own));
}

TEST(Names, TheNameOfAnExposedShareSaysItsShareAndCopy)
{
	const auto id = CopyId::random();
	for (const auto *share :
	     {"data", "data$", "a@{b}", "n\xC3\xB6", "x@{00000000-0000-0000-0000-000000000000}"})
		for (const auto *end : {"", "$"}) {
			const auto name = ExposedName::parse(std::string(share) + "@{" + id.text() +
			                                     "}" + end);
			ASSERT_TRUE(name) << share;
			EXPECT_EQ(name->share, share);
			EXPECT_EQ(name->copy, id);
		}
}

TEST(Names, OtherNamesAreOfNoExposedShare)
{
	const auto id = CopyId::random().text();
	for (const auto &name : {std::string(), std::string("data"), "@{" + id + "}", "data@{" + id,
	                         "data{" + id + "}", "data@{" + id + "}x", "data@{" + id + "}$$",
	                         "data@{" + id.substr(1) + "}", std::string("data@{}")})
		EXPECT_FALSE(ExposedName::parse(name)) << name;
}

TEST(Names, ForeignNamesAreForeign)
{
	EXPECT_FALSE(isOwnName("attacker", own));
	EXPECT_FALSE(isOwnName("server.example.com.", own));
	EXPECT_FALSE(isOwnName("server.attacker.com", own));
	EXPECT_FALSE(isOwnName("192.0.2.10", own));
	EXPECT_FALSE(isOwnName("192.0.2.01", own));
	EXPECT_FALSE(isOwnName("", own));
	EXPECT_FALSE(isOwnName("server", {}));
}

TEST(Names, KnowsEveryFormOfItsIpv6Address)
{
	EXPECT_TRUE(isOwnName("2001:db8::1", own));
	EXPECT_TRUE(isOwnName("2001:DB8:0:0:0:0:0:1", own));
	EXPECT_TRUE(isOwnName("2001-db8--1.ipv6-literal.net", own));
	EXPECT_TRUE(isOwnName("2001-DB8--1.IPv6-Literal.Net", own));
	EXPECT_TRUE(isOwnName("fe80--1s2.ipv6-literal.net", own));
	EXPECT_TRUE(isOwnName("fe80--1seth0.ipv6-literal.net", own));
	EXPECT_TRUE(isOwnName("fe80::1", own));
	EXPECT_TRUE(isOwnName("fe80::1%3", own));
}

TEST(Names, ForeignIpv6AddressesAreForeign)
{
	EXPECT_FALSE(isOwnName("2001:db8::2", own));
	EXPECT_FALSE(isOwnName("2001-db8--2.ipv6-literal.net", own));
	EXPECT_FALSE(isOwnName(".ipv6-literal.net", own));
	EXPECT_FALSE(isOwnName("s.ipv6-literal.net", own));
	EXPECT_FALSE(isOwnName("2001-db8--1.ipv6-literal.net.attacker.com", own));
	EXPECT_FALSE(isOwnName("2001-db8--1", own));
	EXPECT_FALSE(isOwnName("::ffff:192.0.2.1", {"::1"}));
}

} // namespace
} // namespace fss
