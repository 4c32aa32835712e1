// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Meter.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace fss::requester {

namespace {
constexpr auto Window = std::chrono::seconds(10);
} // namespace

void Meter::measure(CopyProgress &progress, Clock::time_point now)
{
	auto work = progress.bytes + progress.files * FileCost;
	samples_.push_back({.at = now, .bytes = progress.bytes, .work = work});
	while (samples_.size() > 2 && now - samples_[1].at >= Window)
		samples_.pop_front();
	const auto &first = samples_.front();
	auto seconds = std::chrono::duration<double>(now - first.at).count();
	if (seconds <= 0)
		return;
	progress.bytesPerSecond = static_cast<double>(progress.bytes - first.bytes) / seconds;
	auto speed = static_cast<double>(work - first.work) / seconds;
	auto all = progress.bytesKnown + progress.filesKnown * FileCost;
	if (progress.allKnown && speed > 0)
		progress.left = std::chrono::seconds(static_cast<int64_t>(
		        std::ceil(static_cast<double>(all - std::min(all, work)) / speed)));
}

std::string sizeText(double bytes)
{
	constexpr const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;
	for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit)
		bytes /= 1024;
	return unit == 0 ? fmt::format("{:.0f} B", bytes)
	                 : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string text(const CopyProgress &progress)
{
	auto line = fmt::format("{} of {}{}, {} of {} files, {}/s",
	                        sizeText(static_cast<double>(progress.bytes)),
	                        progress.allKnown ? "" : "at least ",
	                        sizeText(static_cast<double>(progress.bytesKnown)), progress.files,
	                        progress.filesKnown, sizeText(progress.bytesPerSecond));
	if (progress.left)
		line += fmt::format(", {}:{:02} left", progress.left->count() / 60,
		                    progress.left->count() % 60);
	return line;
}

} // namespace fss::requester
