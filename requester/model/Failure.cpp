// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/model/Failure.h"

#include <fmt/format.h>
#include <string_view>

namespace fss::requester {

namespace {

struct KindEntry {
	FailureKind kind;
	int exitCode;
	std::string_view name;
};

// 2 is what getopt programs use for wrong usage, 130 what shells make of SIGINT.
constexpr KindEntry kinds[] = {
        {FailureKind::Usage, 2, "usage"},
        {FailureKind::Unreachable, 3, "unreachable"},
        {FailureKind::Denied, 4, "denied"},
        {FailureKind::NotFound, 5, "not-found"},
        {FailureKind::Unsupported, 6, "unsupported"},
        {FailureKind::Busy, 7, "busy"},
        {FailureKind::Refused, 8, "refused"},
        {FailureKind::TimedOut, 9, "timed-out"},
        {FailureKind::Hook, 10, "hook"},
        {FailureKind::Local, 11, "local"},
        {FailureKind::Incomplete, 12, "incomplete"},
        {FailureKind::Cancelled, 130, "cancelled"},
};

const KindEntry &entry(FailureKind kind)
{
	for (const KindEntry &each : kinds)
		if (each.kind == kind)
			return each;
	return kinds[6];
}

} // namespace

std::string Failure::text() const
{
	std::string line;
	const auto append = [&line](std::string_view separator, std::string_view part) {
		if (part.empty())
			return;
		if (!line.empty())
			line += separator;
		line += part;
	};
	append("", server);
	append(": ", step);
	append(": ", reason);
	append("; ", advice);
	append("; LEFT BEHIND: ", leftBehind);
	return line;
}

int exitCode(FailureKind kind)
{
	return entry(kind).exitCode;
}

std::string_view name(FailureKind kind)
{
	return entry(kind).name;
}

} // namespace fss::requester
