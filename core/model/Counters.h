// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace fss {

/// How often something took how long.
struct Histogram {
	/// Upper bounds of the buckets, in microseconds; the last has none.
	static constexpr std::array<int64_t, 13> bounds{
	        1'000,   2'500,   5'000,     10'000,    25'000,    50'000,    100'000,
	        250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

	std::array<uint64_t, bounds.size() + 1> buckets{}; ///< not cumulative
	uint64_t microseconds = 0;                         ///< in all

	void observe(std::chrono::microseconds time);
	uint64_t count() const;
	Histogram &operator+=(const Histogram &other);

	friend bool operator==(const Histogram &, const Histogram &) = default;
};

/// What has happened since the state store was made, by all workers.
struct Counters {
	uint64_t commits = 0;                  ///< sets whose snapshots were made
	uint64_t failedCommits = 0;            ///< that were tried and undone
	uint64_t snapshots = 0;                ///< made
	uint64_t removedSets = 0;              ///< with all they held, whoever asked for it
	uint64_t expiredSets = 0;              ///< of these, by the Message Sequence Timer
	std::map<uint32_t, uint64_t> failures; ///< calls refused, by the HRESULT they got
	Histogram hold;                        ///< for how long Commit held writers
	Histogram flush;                       ///< the flush before that

	bool empty() const { return *this == Counters(); }
	Counters &operator+=(const Counters &other);

	friend bool operator==(const Counters &, const Counters &) = default;
};

} // namespace fss
