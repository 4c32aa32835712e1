// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"

#include <ctime>

namespace fss {

namespace {

constexpr int64_t ticksPerSecond = 10'000'000;
// 1601-01-01 to 1970-01-01 in seconds.
constexpr int64_t epochDifference = 11'644'473'600;

} // namespace

Clock::Duration SystemClock::sinceBoot() const
{
	timespec now{};
	clock_gettime(CLOCK_BOOTTIME, &now);
	return std::chrono::duration_cast<Duration>(std::chrono::seconds(now.tv_sec) +
	                                            std::chrono::nanoseconds(now.tv_nsec));
}

int64_t SystemClock::fileTime() const
{
	timespec now{};
	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec + epochDifference) * ticksPerSecond + now.tv_nsec / 100;
}

int64_t unixSeconds(int64_t fileTime)
{
	return fileTime / ticksPerSecond - epochDifference;
}

int64_t fileTimeOf(int64_t unixSeconds)
{
	return (unixSeconds + epochDifference) * ticksPerSecond;
}

} // namespace fss
