// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Deletion.h"
#include "fssctl/testing.h"

#include <gtest/gtest.h>

namespace fssctl {
namespace {

using namespace fssctl::testing;
using namespace std::chrono_literals;

Selection byId(const char *id)
{
	Selection selection;
	selection.ids = {id};
	return selection;
}

TEST(Select, ASetGoesAsAWhole)
{
	const auto selected = select(sample(), byId(first));
	ASSERT_TRUE(selected);
	ASSERT_EQ(selected->targets.size(), 1U);
	EXPECT_EQ(selected->targets[0].view.set.id, setId(first));
	EXPECT_TRUE(selected->targets[0].mappings.empty());
}

TEST(Select, OneShadowCopyOfTwoGoesAlone)
{
	const auto selected = select(sample(), byId(copy2));
	ASSERT_TRUE(selected);
	ASSERT_EQ(selected->targets.size(), 1U);
	ASSERT_EQ(selected->targets[0].mappings.size(), 1U);
	EXPECT_EQ(selected->targets[0].mappings[0].copy, copyId(copy2));
	EXPECT_EQ(selected->targets[0].mappings[0].share, "share2");
}

TEST(Select, TheLastShadowCopyTakesItsSetAlong)
{
	const auto selected = select(sample(), byId(copy3));
	ASSERT_TRUE(selected);
	EXPECT_TRUE(selected->targets.at(0).mappings.empty());
}

TEST(Select, AShareGoesFromEachSet)
{
	Selection selection;
	selection.share = "SHARE1";
	const auto selected = select(sample(), selection);
	ASSERT_TRUE(selected);
	ASSERT_EQ(selected->targets.size(), 2U);
	EXPECT_EQ(selected->targets[0].mappings.size(), 1U);
	EXPECT_TRUE(selected->targets[1].mappings.empty());
	selection.share = "other";
	EXPECT_EQ(select(sample(), selection).error().code, fss::HResult::ObjectNotFound);
}

TEST(Select, AgeCountsFromTheSnapshot)
{
	Selection selection;
	selection.olderThan = 3600s;
	auto selected = select(sample(), selection);
	ASSERT_EQ(selected->targets.size(), 1U);
	EXPECT_EQ(selected->targets[0].view.set.id, setId(first));
	selection.olderThan = 3601s;
	EXPECT_TRUE(select(sample(), selection)->targets.empty());
	selection.olderThan = 0s;
	EXPECT_EQ(select(sample(), selection)->targets.size(), 2U);
}

TEST(Select, AllSparesWhatAClientIsAtWorkOn)
{
	auto survey = sample();
	survey.sets[0].set.status = fss::Status::Exposed;
	survey.sets[0].clientConnected = true;
	survey.sets[1].clientConnected = true; // but it is finished
	Selection selection;
	selection.all = true;
	auto selected = select(survey, selection);
	ASSERT_EQ(selected->targets.size(), 1U);
	EXPECT_EQ(selected->targets[0].view.set.id, setId(second));
	ASSERT_EQ(selected->spared.size(), 1U);
	EXPECT_EQ(selected->spared[0].set.id, setId(first));
	selection.unfinished = true;
	EXPECT_EQ(select(survey, selection)->targets.size(), 2U);
	EXPECT_EQ(select(survey, byId(first))->targets.size(), 1U) << "it is named";
}

TEST(Select, AllOfNothingIsNothing)
{
	Selection selection;
	selection.all = true;
	EXPECT_TRUE(select(Survey(), selection)->targets.empty());
}

} // namespace
} // namespace fssctl
