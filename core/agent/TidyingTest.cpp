// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"
#include "store/Record.h"
#include "testing/Printing.h"
#include "testing/Requester.h"
#include "testing/World.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fss {
namespace {

using namespace std::chrono_literals;

class TidyingTest : public testing::Test {
protected:
	void note(const std::string &share)
	{
		Journal journal(world.records, world.host);
		auto transaction = journal.begin().value();
		ASSERT_TRUE(transaction.noteVolume(share, {"fake:/vol1", "/vol1"}));
		ASSERT_TRUE(transaction.commit());
	}
	std::vector<std::string> noted()
	{
		Journal journal(world.records, world.host);
		return journal.begin()->sharesWithVolume().value();
	}

	World world;
	Worker worker{world};
	Client client{worker};
};

TEST_F(TidyingTest, TheLastVolumeOfAShareThatIsGoneIsForgotten)
{
	note("share1");
	note("gone");
	worker.live(11s);
	EXPECT_THAT(noted(), testing::ElementsAre("share1"));
}

TEST_F(TidyingTest, NotWhileASetIsInTheMaking)
{
	client.make(Status::Added);
	note("gone");
	worker.live(11s);
	EXPECT_THAT(noted(), testing::Contains("gone"));
}

TEST_F(TidyingTest, AndNotAllAtOnce)
{
	for (int i = 0; i < 150; i++)
		note(fmt::format("gone{}", i));
	worker.live(11s);
	EXPECT_EQ(noted().size(), 50U);
	worker.live(3600s + 11s);
	EXPECT_THAT(noted(), testing::IsEmpty());
}

TEST_F(TidyingTest, AShareWhosePathCannotBeToldIsThereStill)
{
	note("share1");
	world.host.troubledShares.insert("share1");
	worker.live(11s);
	EXPECT_THAT(noted(), testing::ElementsAre("share1"));
}

TEST_F(TidyingTest, TheProviderKeepsWhatIsOnRecord)
{
	const auto set = client.make(Status::Recovered);
	const auto kept = CopyId(set.copies[0]).text();
	world.provider.remembered = {kept, CopyId::random().text()};
	worker.live(11s);
	EXPECT_THAT(world.provider.remembered, testing::ElementsAre(kept));
}

TEST_F(TidyingTest, WhereARecordIsDamagedNobodyKnowsWhatItHad)
{
	world.provider.remembered = {CopyId::random().text()};
	world.records.records["set/" + SetId::random().text()] = "rubbish";
	worker.live(11s);
	EXPECT_EQ(world.provider.remembered.size(), 1U);
}

} // namespace
} // namespace fss
