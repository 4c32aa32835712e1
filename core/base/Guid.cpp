// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Guid.h"

#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/random.h>

namespace fss {

namespace {

template <class T> bool hex(std::string_view digits, T &out)
{
	auto end = digits.data() + digits.size();
	auto [stop, error] = std::from_chars(digits.data(), end, out, 16);
	return error == std::errc() && stop == end;
}

} // namespace

Guid Guid::random()
{
	fss_guid value;
	static_assert(sizeof(value) == 16);
	if (getrandom(&value, sizeof(value), 0) != static_cast<ssize_t>(sizeof(value)))
		throw std::runtime_error("the kernel's random generator failed");
	value.time_hi_and_version = (value.time_hi_and_version & 0x0fff) | 0x4000;
	value.clock_seq[0] = (value.clock_seq[0] & 0x3f) | 0x80;
	return Guid(value);
}

std::optional<Guid> Guid::parse(std::string_view text)
{
	if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
	    text[23] != '-')
		return std::nullopt;
	fss_guid value{};
	bool ok = hex(text.substr(0, 8), value.time_low) &&
	          hex(text.substr(9, 4), value.time_mid) &&
	          hex(text.substr(14, 4), value.time_hi_and_version) &&
	          hex(text.substr(19, 2), value.clock_seq[0]) &&
	          hex(text.substr(21, 2), value.clock_seq[1]);
	for (size_t i = 0; ok && i < 6; i++)
		ok = hex(text.substr(24 + 2 * i, 2), value.node[i]);
	return ok ? std::optional(Guid(value)) : std::nullopt;
}

std::string Guid::text() const
{
	const auto &v = value_;
	return fmt::format("{:08X}-{:04X}-{:04X}-{:02X}{:02X}-{:02X}{:02X}{:02X}{:02X}{:02X}{:02X}",
	                   v.time_low, v.time_mid, v.time_hi_and_version, v.clock_seq[0],
	                   v.clock_seq[1], v.node[0], v.node[1], v.node[2], v.node[3], v.node[4],
	                   v.node[5]);
}

bool operator==(const Guid &a, const Guid &b)
{
	return std::memcmp(&a.value_, &b.value_, sizeof(a.value_)) == 0;
}

} // namespace fss
