// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapshotInfo.h"

#include "snapper_backend/SnapperStore.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <pugixml.hpp>

namespace fss::snapper {

namespace {

constexpr const char *dateFormat = "%Y-%m-%d %H:%M:%S";

// In UTC, and in no other form than snapper's: strptime() by itself takes
// blanks, missing digits, and the 31st of any month.
std::optional<int64_t> readDate(const std::string &text)
{
	std::tm parts{};
	if (strptime(text.c_str(), dateFormat, &parts) == nullptr)
		return std::nullopt;
	const std::time_t seconds = timegm(&parts);
	std::array<char, 32> again{};
	if (seconds < 0 || gmtime_r(&seconds, &parts) == nullptr ||
	    std::strftime(again.data(), again.size(), dateFormat, &parts) == 0 ||
	    text != again.data())
		return std::nullopt;
	return seconds;
}

uint32_t readNumber(std::string_view text)
{
	uint32_t number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

} // namespace

Result<SnapshotInfo> readInfo(std::string_view text)
{
	pugi::xml_document document;
	const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default,
	                                         pugi::encoding_utf8);
	const auto snapshot = document.child("snapshot");
	if (!parsed || !snapshot)
		return fail(HResult::Fail,
		            fmt::format("understand a snapshot's info.xml: {}",
		                        parsed ? "it is none" : parsed.description()),
		            EBADMSG);
	SnapshotInfo info;
	info.number = readNumber(snapshot.child_value("num"));
	info.date = readDate(snapshot.child_value("date"));
	for (const auto &pair : snapshot.children("userdata"))
		if (pair.child_value("key") == std::string_view(copyKey))
			info.copy = CopyId::parse(pair.child_value("value"));
	return info;
}

} // namespace fss::snapper
