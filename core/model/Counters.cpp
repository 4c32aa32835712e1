// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/Counters.h"

#include <algorithm>
#include <numeric>

namespace fss {

void Histogram::observe(std::chrono::microseconds time)
{
	const auto us = std::max<int64_t>(time.count(), 0);
	const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), us) - bounds.begin();
	buckets.at(static_cast<size_t>(bucket))++;
	microseconds += static_cast<uint64_t>(us);
}

uint64_t Histogram::count() const
{
	return std::accumulate(buckets.begin(), buckets.end(), uint64_t{0});
}

Histogram &Histogram::operator+=(const Histogram &other)
{
	for (size_t i = 0; i < buckets.size(); i++)
		buckets[i] += other.buckets[i];
	microseconds += other.microseconds;
	return *this;
}

Counters &Counters::operator+=(const Counters &other)
{
	commits += other.commits;
	failedCommits += other.failedCommits;
	snapshots += other.snapshots;
	removedSets += other.removedSets;
	expiredSets += other.expiredSets;
	for (const auto &[code, count] : other.failures)
		failures[code] += count;
	hold += other.hold;
	flush += other.flush;
	return *this;
}

} // namespace fss
