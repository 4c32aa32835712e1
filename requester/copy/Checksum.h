// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fss::requester {

/// XXH3 with 128 bits: finds what disks, memory and networks do to data, at
/// the speed of memory. Not proof against somebody who forges data.
struct Checksum {
	uint64_t high = 0;
	uint64_t low = 0;

	static Checksum of(std::span<const std::byte> data);
	static Checksum of(std::string_view text);
	/// Of a file: its only block's, or the checksum of its blocks' checksums
	/// in canonical (big endian) form. Blocks are of BlockBytes but for the last.
	static Checksum ofBlocks(const std::vector<Checksum> &blocks);

	/// 32 hexadecimal digits.
	std::string text() const;
	static std::optional<Checksum> parse(std::string_view text);

	friend bool operator==(const Checksum &, const Checksum &) = default;
};

/// What is read, hashed and resumed at a time.
constexpr size_t BlockBytes = 4UL * 1024 * 1024;

constexpr uint64_t blocksOf(uint64_t bytes)
{
	return (bytes + BlockBytes - 1) / BlockBytes;
}

/// Calls use(offset, data) for each stretch that is not zero, in units of the
/// page that file systems can leave out. Ends with the first false.
bool forEachFilled(std::span<const std::byte> data,
                   const std::function<bool(size_t, std::span<const std::byte>)> &use);

} // namespace fss::requester
