// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Select.h"
#include "fssctl/testing.h"

#include <gtest/gtest.h>

namespace fssctl {
namespace {

using namespace fssctl::testing;

TEST(FindNamed, KnowsASetByItsIdInAnySpelling)
{
	const auto survey = sample();
	for (const auto *id : {"AAAA1111-0000-0000-0000-000000000001",
	                       "{aaaa1111-0000-0000-0000-000000000001}", "AAAA1", "aaaa1111"}) {
		const auto named = findNamed(survey, id);
		ASSERT_TRUE(named) << id;
		EXPECT_EQ(named->view->set.id, setId(first));
		EXPECT_FALSE(named->copy);
	}
}

TEST(FindNamed, KnowsAShadowCopyByIdAndByItsShare)
{
	const auto survey = sample();
	for (const std::string &id : {std::string("CCCC2"), "share2@{" + std::string(copy2) + "}",
	                              "\\\\SERVER\\SHARE2@{" + std::string(copy2) + "}"}) {
		const auto named = findNamed(survey, id);
		ASSERT_TRUE(named) << id;
		EXPECT_EQ(named->view->set.id, setId(first));
		EXPECT_EQ(named->copy, copyId(copy2));
	}
}

TEST(FindNamed, RefusesWhatIsNotKnownOrNotClear)
{
	const auto survey = sample();
	EXPECT_EQ(findNamed(survey, "DDDD0000").error().code, fss::HResult::ObjectNotFound);
	EXPECT_EQ(findNamed(survey, "AAA").error().code, fss::HResult::ObjectNotFound);
	EXPECT_EQ(findNamed(survey, "").error().code, fss::HResult::ObjectNotFound);
	EXPECT_EQ(findNamed(survey, "AAAA").error().code, fss::HResult::InvalidArg);
	EXPECT_EQ(findNamed(survey, "share1").error().code, fss::HResult::ObjectNotFound);
}

} // namespace
} // namespace fssctl
