// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Meter.h"

#include <gtest/gtest.h>

namespace fss::requester {
namespace {

constexpr uint64_t MiB = 1024 * 1024;

TEST(AMeter, KnowsTheRateAndTheTimeLeft)
{
	Meter meter;
	Meter::Clock::time_point start;
	CopyProgress progress{.bytesKnown = 1000 * MiB, .allKnown = true, .left = {}};
	meter.measure(progress, start);
	EXPECT_FALSE(progress.left);
	progress.bytes = 200 * MiB;
	meter.measure(progress, start + std::chrono::seconds(2));
	EXPECT_DOUBLE_EQ(progress.bytesPerSecond, 100 * MiB);
	EXPECT_EQ(progress.left, std::chrono::seconds(8));
}

TEST(AMeter, KnowsNoEndBeforeEverythingIsListed)
{
	Meter meter;
	Meter::Clock::time_point start;
	CopyProgress progress{.bytesKnown = 10 * MiB, .left = {}};
	meter.measure(progress, start);
	progress.bytes = 5 * MiB;
	meter.measure(progress, start + std::chrono::seconds(1));
	EXPECT_FALSE(progress.left);
	EXPECT_NE(text(progress).find("at least"), std::string::npos);
}

TEST(AMeter, ForgetsWhatIsLongAgo)
{
	Meter meter;
	Meter::Clock::time_point start;
	CopyProgress progress{.bytesKnown = 1000 * MiB, .allKnown = true, .left = {}};
	for (int second = 0; second <= 40; ++second) {
		progress.bytes =
		        static_cast<uint64_t>(second < 20 ? second : 20 + (second - 20) * 10) * MiB;
		meter.measure(progress, start + std::chrono::seconds(second));
	}
	EXPECT_NEAR(progress.bytesPerSecond, 10 * MiB, MiB / 10);
}

TEST(AMeter, CountsFilesForTheTimeLeft)
{
	Meter meter;
	Meter::Clock::time_point start;
	CopyProgress progress{.filesKnown = 100, .allKnown = true, .left = {}};
	meter.measure(progress, start);
	progress.files = 50;
	meter.measure(progress, start + std::chrono::seconds(5));
	EXPECT_EQ(progress.left, std::chrono::seconds(5));
}

TEST(AProgressLine, IsForPeople)
{
	CopyProgress progress{.files = 12,
	                      .bytes = 1288490188,
	                      .filesKnown = 40,
	                      .bytesKnown = 10240 * MiB,
	                      .allKnown = true,
	                      .bytesPerSecond = 512.0 * MiB,
	                      .left = std::chrono::seconds(77)};
	EXPECT_EQ(text(progress), "1.2 GiB of 10.0 GiB, 12 of 40 files, 512.0 MiB/s, 1:17 left");
	EXPECT_EQ(sizeText(0), "0 B");
	EXPECT_EQ(sizeText(1023), "1023 B");
	EXPECT_EQ(sizeText(1536), "1.5 KiB");
}

} // namespace
} // namespace fss::requester
