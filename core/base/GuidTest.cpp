// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Guid.h"

#include <gtest/gtest.h>
#include <set>

namespace fss {
namespace {

const std::string sample = "F1C5E17A-4168-4611-9CD4-8366F9F935C3";

TEST(Guid, ReadsAndWritesWindowsForm)
{
	const auto guid = Guid::parse(sample);
	ASSERT_TRUE(guid);
	EXPECT_EQ(guid->text(), sample);
	EXPECT_EQ(guid->wire().time_low, 0xF1C5E17AU);
	EXPECT_EQ(guid->wire().time_mid, 0x4168);
	EXPECT_EQ(guid->wire().time_hi_and_version, 0x4611);
	EXPECT_EQ(guid->wire().clock_seq[0], 0x9C);
	EXPECT_EQ(guid->wire().clock_seq[1], 0xD4);
	EXPECT_EQ(guid->wire().node[0], 0x83);
	EXPECT_EQ(guid->wire().node[5], 0xC3);
	EXPECT_EQ(Guid(guid->wire()), *guid);
}

TEST(Guid, ReadsEitherCase)
{
	EXPECT_EQ(Guid::parse("f1c5e17a-4168-4611-9cd4-8366f9f935c3"), Guid::parse(sample));
}

TEST(Guid, RefusesEveryOtherText)
{
	EXPECT_FALSE(Guid::parse(""));
	EXPECT_FALSE(Guid::parse("{" + sample + "}"));
	EXPECT_FALSE(Guid::parse(sample + "0"));
	EXPECT_FALSE(Guid::parse(sample.substr(1)));
	EXPECT_FALSE(Guid::parse(std::string(36, '-')));
	for (size_t at = 0; at < sample.size(); at++)
		for (const char c : {'G', ' ', '+', 'x', '-', '\0'}) {
			auto text = sample;
			if (text[at] == c)
				continue;
			text[at] = c;
			EXPECT_FALSE(Guid::parse(text)) << text;
		}
}

TEST(Guid, NilIsZero)
{
	EXPECT_TRUE(Guid().isNil());
	EXPECT_TRUE(Guid::parse("00000000-0000-0000-0000-000000000000")->isNil());
	EXPECT_FALSE(Guid::parse("00000000-0000-0000-0000-000000000001")->isNil());
}

TEST(Guid, RandomOnesDifferAndAreVersionFour)
{
	std::set<std::string> seen;
	for (int i = 0; i < 1'000; i++) {
		const auto guid = Guid::random();
		EXPECT_EQ(guid.wire().time_hi_and_version >> 12, 4);
		EXPECT_EQ(guid.wire().clock_seq[0] >> 6, 2);
		EXPECT_EQ(Guid::parse(guid.text()), guid);
		seen.insert(guid.text());
	}
	EXPECT_EQ(seen.size(), 1'000U);
}

TEST(Guid, IdsOfDifferentKindsDoNotMix)
{
	static_assert(!std::is_convertible_v<SetId, CopyId>);
	static_assert(!std::is_constructible_v<SetId, CopyId>);
	const auto id = SetId::random();
	EXPECT_EQ(SetId::parse(id.text()), id);
	EXPECT_FALSE(SetId::parse("no id"));
	EXPECT_TRUE(SetId().isNil());
}

} // namespace
} // namespace fss
