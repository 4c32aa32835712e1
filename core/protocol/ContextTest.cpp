// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Context.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace fss {
namespace {

constexpr uint32_t autoRecovery = 0x00400000, noAutoRecovery = 0x2, fileShare = 0x04000000;
constexpr uint32_t bases[] = {0x0, 0x10, 0x19, 0x09};

// MS-FSRVP 2.2.2.2
const std::set<uint32_t> &legal()
{
	static const std::set<uint32_t> values = [] {
		std::set<uint32_t> all;
		for (const auto base : bases)
			for (const auto recovery : {0U, autoRecovery, noAutoRecovery})
				all.insert(base | recovery);
		return all;
	}();
	return values;
}

TEST(Context, TwelveValuesAreLegal)
{
	ASSERT_EQ(legal().size(), 12U);
	for (const auto value : legal()) {
		const auto context = Context::parse(value);
		ASSERT_TRUE(context) << std::hex << value;
		EXPECT_EQ(context->value(), value);
		EXPECT_EQ(context->autoRecovery(), (value & autoRecovery) != 0);
		EXPECT_EQ(context->noAutoRecovery(), (value & noAutoRecovery) != 0);
		EXPECT_EQ(context->persistent(), (value & 1) != 0);
	}
}

TEST(Context, EveryOtherValueIsNone)
{
	// All combinations of the bits that mean something, and their neighbours.
	const uint32_t bits[] = {0x1,      0x2,      0x4,       0x8,       0x10,
	                         0x20,     0x80,     0x100,     0x20000,   0x200000,
	                         0x400000, 0x800000, 0x2000000, 0x8000000, 0x80000000};
	for (uint32_t choice = 0; choice < 1U << std::size(bits); choice++) {
		uint32_t value = 0;
		for (size_t i = 0; i < std::size(bits); i++)
			value |= (choice >> i & 1) != 0 ? bits[i] : 0;
		EXPECT_EQ(Context::parse(value).has_value(), legal().contains(value))
		        << std::hex << value;
	}
}

TEST(Context, RandomValuesAreNone)
{
	std::mt19937 random(1);
	for (int i = 0; i < 100'000; i++) {
		const auto value = static_cast<uint32_t>(random());
		EXPECT_EQ(Context::parse(value).has_value(), legal().contains(value & ~fileShare));
	}
}

TEST(Context, FileShareIsToleratedAndDropped)
{
	for (const auto value : legal())
		EXPECT_EQ(Context::parse(value | fileShare)->value(), value);
	EXPECT_FALSE(Context::parse(fileShare | autoRecovery | noAutoRecovery));
	EXPECT_FALSE(Context::parse(fileShare | 0x1));
}

TEST(Context, DefaultIsBackup)
{
	EXPECT_EQ(Context().value(), 0U);
	EXPECT_EQ(Context(), *Context::parse(0));
}

} // namespace
} // namespace fss
