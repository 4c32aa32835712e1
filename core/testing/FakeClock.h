// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

namespace fss {

/// A clock that stands still until it is moved.
class FakeClock : public Clock {
public:
	Duration sinceBoot() const override { return now; }
	int64_t fileTime() const override { return startFileTime + now.count() * 10'000; }

	void advance(Duration time) { now += time; }

	Duration now{1'000'000};
	/// 2024-01-01 00:00:00 UTC
	static constexpr int64_t startFileTime = 133'485'408'000'000'000;
};

} // namespace fss
