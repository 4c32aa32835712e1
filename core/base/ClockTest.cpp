// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"

#include <ctime>
#include <gtest/gtest.h>

namespace fss {
namespace {

TEST(Clock, FileTimeOfTheUnixEpoch)
{
	EXPECT_EQ(unixSeconds(116'444'736'000'000'000), 0);
	EXPECT_EQ(unixSeconds(133'485'408'000'000'000), 1'704'067'200); // 2024-01-01
}

TEST(Clock, TellsTheTimeOfDay)
{
	const auto before = std::time(nullptr);
	const auto now = unixSeconds(SystemClock().fileTime());
	EXPECT_GE(now, before);
	EXPECT_LE(now, std::time(nullptr));
}

TEST(Clock, NeverGoesBack)
{
	const SystemClock clock;
	auto last = clock.sinceBoot();
	EXPECT_GT(last.count(), 0);
	for (int i = 0; i < 1'000; i++) {
		const auto now = clock.sinceBoot();
		EXPECT_GE(now, last);
		last = now;
	}
}

} // namespace
} // namespace fss
