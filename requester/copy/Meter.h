// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace fss::requester {

/// How a copy goes.
struct CopyProgress {
	uint64_t files = 0; ///< done, also by an earlier run
	uint64_t bytes = 0;
	uint64_t filesKnown = 0; ///< seen in listings
	uint64_t bytesKnown = 0;
	bool allKnown = false;                    ///< everything is listed
	double bytesPerSecond = 0;                ///< of the last ten seconds
	std::optional<std::chrono::seconds> left; ///< once everything is listed
};

/// Rate and time left. What takes time is bytes, and files: one counts as much
/// as FileCost bytes.
class Meter {
public:
	using Clock = std::chrono::steady_clock;

	/// Completes the progress with rate and time left.
	void measure(CopyProgress &progress, Clock::time_point now);

	static constexpr uint64_t FileCost = 256UL * 1024;

private:
	struct Sample {
		Clock::time_point at;
		uint64_t bytes;
		uint64_t work;
	};
	std::deque<Sample> samples_;
};

/// One line: "1.2 GiB of 10.0 GiB, 12 of 40 files, 512.0 MiB/s, 0:17 left".
std::string text(const CopyProgress &progress);

/// "512.0 MiB".
std::string sizeText(double bytes);

} // namespace fss::requester
