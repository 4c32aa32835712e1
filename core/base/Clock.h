// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace fss {

/// Time, as the core sees it.
class Clock {
public:
	using Duration = std::chrono::milliseconds;

	virtual ~Clock() = default;
	/// Since boot, suspended time included: the same for all processes and
	/// never set back.
	virtual Duration sinceBoot() const = 0;
	/// FILETIME: 100 ns since 1601-01-01 UTC.
	virtual int64_t fileTime() const = 0;
};

class SystemClock : public Clock {
public:
	Duration sinceBoot() const override;
	int64_t fileTime() const override;
};

/// FILETIME to seconds since 1970-01-01 UTC.
int64_t unixSeconds(int64_t fileTime);
/// And back.
int64_t fileTimeOf(int64_t unixSeconds);

} // namespace fss
