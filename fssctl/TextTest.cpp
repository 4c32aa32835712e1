// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Text.h"

#include <gtest/gtest.h>

namespace fssctl {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, KnowsEachUnitAndTheirSums)
{
	EXPECT_EQ(parseDuration("0"), 0s);
	EXPECT_EQ(parseDuration("90"), 90s);
	EXPECT_EQ(parseDuration("90s"), 90s);
	EXPECT_EQ(parseDuration("15m"), 15min);
	EXPECT_EQ(parseDuration("36h"), 36h);
	EXPECT_EQ(parseDuration("7d"), 168h);
	EXPECT_EQ(parseDuration("2w"), 336h);
	EXPECT_EQ(parseDuration("1d12h30m5s"), 36h + 30min + 5s);
}

TEST(ParseDuration, RefusesWhatIsNone)
{
	for (const auto *text : {"", "d", "1x", "-1d", "1.5h", "1 d", " 1d", "1d ", "1D", "1dd",
	                         "99999999999999999999s", "9223372036854775807w", "9999999w"})
		EXPECT_FALSE(parseDuration(text)) << "'" << text << "'";
}

TEST(DurationText, ShowsTheTwoLargestUnits)
{
	EXPECT_EQ(durationText(0s), "0s");
	EXPECT_EQ(durationText(59s), "59s");
	EXPECT_EQ(durationText(60s), "1m");
	EXPECT_EQ(durationText(12min + 5s), "12m5s");
	EXPECT_EQ(durationText(3h + 59s), "3h");
	EXPECT_EQ(durationText(76h + 30min), "3d4h");
	EXPECT_EQ(durationText(-5s), "0s");
}

TEST(SizeText, HasThreeDigitsAndBinaryUnits)
{
	EXPECT_EQ(sizeText(0), "0 B");
	EXPECT_EQ(sizeText(1023), "1023 B");
	EXPECT_EQ(sizeText(1024), "1.00 KiB");
	EXPECT_EQ(sizeText(20 * 1024 * 1024 + 300 * 1024), "20.3 MiB");
	EXPECT_EQ(sizeText(UINT64_MAX), "16.0 EiB");
}

TEST(TimeText, IsUtc)
{
	EXPECT_EQ(timeText(0), "1970-01-01T00:00:00Z");
	EXPECT_EQ(timeText(1'795'659'000), "2026-11-26T02:10:00Z");
}

TEST(Shortened, CutsBetweenCharacters)
{
	EXPECT_EQ(shortened("Bücher", 6), "Bücher");
	EXPECT_EQ(shortened("Bücher", 3), "Bü…");
	EXPECT_EQ(shortened("Bücher", 2), "B…");
	EXPECT_EQ(shortened("Bücher", 1), "…");
	EXPECT_EQ(shortened("Bücher", 0), "");
	EXPECT_EQ(columnsOf(shortened("日本語の共有", 4)), 4U);
}

} // namespace
} // namespace fssctl
