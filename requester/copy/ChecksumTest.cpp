// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Checksum.h"

#include <gmock/gmock.h>

namespace fss::requester {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AChecksum, IsXxh128)
{
	// As `xxhsum -H128` prints them.
	EXPECT_EQ(Checksum::of(std::string_view("")).text(), "99aa06d3014798d86001c324468d497f");
	EXPECT_EQ(Checksum::ofBlocks({}).text(), "99aa06d3014798d86001c324468d497f");
}

TEST(AChecksum, OfOneBlockIsTheBlocks)
{
	auto block = Checksum::of(std::string_view("data"));
	EXPECT_EQ(Checksum::ofBlocks({block}), block);
	EXPECT_NE(Checksum::ofBlocks({block, block}), block);
	auto other = Checksum::of(std::string_view("other"));
	EXPECT_NE(Checksum::ofBlocks({block, other}), Checksum::ofBlocks({other, block}));
}

TEST(AChecksum, IsReadAsWritten)
{
	auto checksum = Checksum::of(std::string_view("data"));
	EXPECT_EQ(Checksum::parse(checksum.text()), checksum);
	EXPECT_EQ(Checksum::parse(""), std::nullopt);
	EXPECT_EQ(Checksum::parse(std::string(31, 'a') + "x"), std::nullopt);
	EXPECT_EQ(Checksum::parse(std::string(33, 'a')), std::nullopt);
}

std::vector<std::pair<size_t, size_t>> filled(const std::string &data)
{
	std::vector<std::pair<size_t, size_t>> result;
	forEachFilled(std::as_bytes(std::span(data)), [&](size_t at, auto stretch) {
		result.emplace_back(at, stretch.size());
		return true;
	});
	return result;
}

TEST(FilledStretches, AreThoseThatAreNotZero)
{
	std::string page(4096, 'x');
	std::string zero(4096, '\0');
	using Stretch = std::pair<size_t, size_t>;
	EXPECT_THAT(filled(""), IsEmpty());
	EXPECT_THAT(filled(zero + zero), IsEmpty());
	EXPECT_THAT(filled(zero + page + page + zero + "end"),
	            ElementsAre(Stretch(4096, 8192), Stretch(16384, 3)));
	EXPECT_THAT(filled(std::string(4095, '\0') + "x"), ElementsAre(Stretch(0, 4096)));
	EXPECT_THAT(filled(std::string("\0\0", 2)), IsEmpty());
	EXPECT_THAT(filled(std::string("\0y", 2)), ElementsAre(Stretch(0, 2)));
}

} // namespace
} // namespace fss::requester
