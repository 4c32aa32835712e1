// SPDX-License-Identifier: GPL-3.0-or-later
/// Records of the state store: damaged, foreign, or well wrapped nonsense.
#include "store/Record.h"

#include <cstdlib>
#include <fmt/format.h>
#include <zlib.h>

namespace {

template <class Decode> void check(std::string_view bytes, Decode decode)
{
	const auto value = decode(bytes);
	if (!value)
		return;
	// What was accepted can be stored, and is the same then.
	const auto stored = fss::record::encode(*value);
	const auto again = decode(stored);
	if (!again || fss::record::encode(*again) != stored)
		std::abort();
}

void checkAll(std::string_view bytes)
{
	check(bytes, fss::record::decodeSet);
	check(bytes, fss::record::decodeState);
	check(bytes, fss::record::decodeVolumeUse);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const std::string_view bytes(reinterpret_cast<const char *>(data), size);
	checkAll(bytes);
	// The checksum stops nearly all of that; past it, the content is at work.
	checkAll(fmt::format("FSS1 {:08x} {}\n{}", crc32(0, data, static_cast<uInt>(size)), size,
	                     bytes));
	return 0;
}
