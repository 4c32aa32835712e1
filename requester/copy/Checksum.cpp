// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Checksum.h"

#include <charconv>
#include <cstring>
#include <fmt/format.h>
#define XXH_INLINE_ALL // the compiler sees the loop, and uses what the CPU has
#include <xxhash.h>

namespace fss::requester {

namespace {

constexpr size_t PageBytes = 4096;

bool isZero(std::span<const std::byte> page)
{
	// Compared with itself one byte on: as fast as memcmp, and a page of data
	// is known by its first bytes.
	return page[0] == std::byte{0} &&
	       memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

} // namespace

Checksum Checksum::of(std::span<const std::byte> data)
{
	auto hash = XXH3_128bits(data.data(), data.size());
	return {.high = hash.high64, .low = hash.low64};
}

Checksum Checksum::of(std::string_view text)
{
	return of(std::as_bytes(std::span(text)));
}

Checksum Checksum::ofBlocks(const std::vector<Checksum> &blocks)
{
	if (blocks.empty())
		return of(std::span<const std::byte>());
	if (blocks.size() == 1)
		return blocks.front();
	std::vector<XXH128_canonical_t> canonical(blocks.size());
	for (size_t i = 0; i < blocks.size(); ++i)
		XXH128_canonicalFromHash(&canonical[i],
		                         {.low64 = blocks[i].low, .high64 = blocks[i].high});
	return of(std::as_bytes(std::span(canonical)));
}

std::string Checksum::text() const
{
	return fmt::format("{:016x}{:016x}", high, low);
}

std::optional<Checksum> Checksum::parse(std::string_view text)
{
	if (text.size() != 32)
		return std::nullopt;
	auto half = [](std::string_view digits, uint64_t &value) {
		auto [end, error] =
		        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
		return error == std::errc() && end == digits.data() + digits.size();
	};
	Checksum result;
	if (!half(text.substr(0, 16), result.high) || !half(text.substr(16), result.low))
		return std::nullopt;
	return result;
}

bool forEachFilled(std::span<const std::byte> data,
                   const std::function<bool(size_t, std::span<const std::byte>)> &use)
{
	auto pageAt = [&](size_t offset) {
		return data.subspan(offset, std::min(PageBytes, data.size() - offset));
	};
	size_t begin = 0;
	while (begin < data.size()) {
		if (isZero(pageAt(begin))) {
			begin += PageBytes;
			continue;
		}
		auto end = begin + PageBytes;
		while (end < data.size() && !isZero(pageAt(end)))
			end += PageBytes;
		end = std::min(end, data.size());
		if (!use(begin, data.subspan(begin, end - begin)))
			return false;
		begin = end;
	}
	return true;
}

} // namespace fss::requester
