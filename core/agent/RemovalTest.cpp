// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// AbortShadowCopySet, DeleteShareMapping: MS-FSRVP 3.1.4.8, 3.1.4.12.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Error trouble{HResult::Fail, "injected", 5, ""};

class RemovalTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	static std::string nameOf(const ClientSet &set, size_t share = 0)
	{
		return set.shares[share] + "@{" + set.copies[share].text() + "}";
	}
};

// smbd's processes would otherwise read all their shares again for each.
TEST_F(RemovalTest, ARowOfChangesIsAnnouncedOnce)
{
	const auto set = client.make(Status::Recovered, {"share1", "share2", "both1"});
	world.clock.advance(1s);
	worker.agent->tick();
	EXPECT_EQ(world.publisher.announcements, 1) << "of Expose";
	for (size_t i = 0; i < set.copies.size(); i++)
		EXPECT_EQ(client.remove(set.id, set.copies[i], set.shares[i]), HResult::Ok);
	EXPECT_EQ(world.publisher.announcements, 1);
	world.clock.advance(1s);
	worker.agent->tick();
	EXPECT_EQ(world.publisher.announcements, 2);
	world.clock.advance(20s);
	worker.agent->tick();
	EXPECT_EQ(world.publisher.announcements, 2);
}

// -------------------------------------------------------------------- Abort

class AbortIn : public testing::TestWithParam<Status> {
protected:
	World world;
	Worker worker{world};
	Client client{worker};
};

TEST_P(AbortIn, LeavesNothing)
{
	const auto set = client.make(GetParam(), {"share1", "both1", "both2"}, 0x400019);
	EXPECT_EQ(client.abort(set.id), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
	EXPECT_EQ(client.abort(set.id), HResult::InvalidArg);
	Client other(worker, "198.51.100.2", 2);
	EXPECT_EQ(other.setContext(), HResult::Ok);
}

TEST_P(AbortIn, IsAnsweredWhenAllIsGone)
{
	const auto set = client.make(GetParam());
	const auto reply = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	EXPECT_TRUE(!reply->answered || world.isEmpty());
	worker.executor.runAll();
	EXPECT_TRUE(reply->answered);
	EXPECT_TRUE(world.isEmpty());
}

TEST_P(AbortIn, IsCarriedOutForAClientThatIsGone)
{
	const auto set = client.make(GetParam());
	const auto reply = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	reply->call->abandon();
	worker.executor.runAll();
	worker.pass(180s);
	EXPECT_TRUE(world.isEmpty());
}

INSTANTIATE_TEST_SUITE_P(EachState, AbortIn,
                         testing::Values(Status::Started, Status::Added, Status::CreationInProgress,
                                         Status::Committed, Status::Exposed),
                         [](const auto &info) { return std::string(name(info.param)); });

TEST_F(RemovalTest, ARecoveredSetCannotBeAbortedAndLivesOn)
{
	const auto set = client.make(Status::Recovered);
	EXPECT_EQ(client.abort(set.id), HResult::BadState);
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set)));
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
}

TEST_F(RemovalTest, AbortDuringPrepareWaitsForItsEnd)
{
	const auto set = client.make(Status::Added);
	const auto prepared = client.send(FSS_PREPARE_SHADOW_COPY_SET, {set.id});
	const auto aborted = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	EXPECT_FALSE(aborted->answered);
	worker.executor.runAll();
	EXPECT_TRUE(prepared->answered);
	EXPECT_EQ(aborted->result, HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, AnAbortThatFailsIsToldAndTriedAgain)
{
	const auto set = client.make(Status::Exposed);
	world.provider.destroyFailure = trouble;
	EXPECT_EQ(client.abort(set.id), HResult::Fail);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, set.id.text()));
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(client.expose(set.id), HResult::InvalidArg) << "clients see it no more";
	world.provider.destroyFailure.reset();
	const auto next = client.make(Status::Started);
	worker.executor.runAll();
	EXPECT_FALSE(world.set(set.id));
	EXPECT_THAT(world.provider.snapshots, IsEmpty());
	EXPECT_EQ(client.abort(next.id), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, ARemovalThatFailsAgainAndAgainIsTriedAfterLongerPauses)
{
	const auto set = client.make(Status::Committed);
	world.provider.destroyFailure = trouble;
	EXPECT_EQ(client.abort(set.id), HResult::Fail);
	const auto attemptsWithin = [&](std::chrono::seconds time,
	                                std::chrono::seconds step = 10s) {
		world.host.lines.clear();
		for (auto passed = 0s; passed < time; passed += step)
			worker.pass(step);
		return world.host.lines.size();
	};
	// 10, 20, 40 … seconds after the one before.
	EXPECT_EQ(attemptsWithin(10s), 1U);
	EXPECT_EQ(attemptsWithin(10s), 0U);
	EXPECT_EQ(attemptsWithin(10s), 1U);
	EXPECT_EQ(attemptsWithin(30s), 0U);
	EXPECT_EQ(attemptsWithin(10s), 1U);
	attemptsWithin(24h, 1min);
	EXPECT_EQ(attemptsWithin(24h, 1min), 24U) << "once an hour at last";
	world.provider.destroyFailure.reset();
	attemptsWithin(1h, 1min);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, ANewSetHasAPostponedRemovalTriedAtOnce)
{
	const auto old = client.make(Status::Committed);
	world.provider.destroyFailure = trouble;
	EXPECT_EQ(client.abort(old.id), HResult::Fail);
	for (int i = 0; i < 20; i++)
		worker.pass(10s);
	world.provider.destroyFailure.reset();
	worker.pass(10s);
	EXPECT_TRUE(world.set(old.id)) << "it is postponed";
	client.make(Status::Started);
	worker.executor.runAll();
	EXPECT_FALSE(world.set(old.id));
}

TEST_F(RemovalTest, AnotherWorkerTriesAPostponedRemovalAtOnce)
{
	world.provider.destroyFailure = trouble;
	client.abort(client.make(Status::Committed).id);
	for (int i = 0; i < 20; i++)
		worker.pass(10s);
	world.provider.destroyFailure.reset();
	worker.pass(10s);
	EXPECT_EQ(world.setCount(), 1U);
	Worker other(world);
	other.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, AnAbortWhoseSharesCannotBeHiddenIsTriedAgain)
{
	const auto set = client.make(Status::Exposed);
	world.publisher.failure = trouble;
	EXPECT_EQ(client.abort(set.id), HResult::Fail);
	EXPECT_NE(world.provider.find(set.copy()), nullptr) << "first the share, then the snapshot";
	world.publisher.failure.reset();
	const auto next = client.make(Status::Started);
	worker.executor.runAll();
	EXPECT_FALSE(world.set(set.id));
	EXPECT_THAT(world.publisher.published, IsEmpty());
}

TEST_F(RemovalTest, ASetThatIsBeingRemovedIsRemovedOnce)
{
	const auto set = client.make(Status::Committed);
	const auto first = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	const auto second = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	EXPECT_EQ(worker.executor.waiting(), 1U);
	EXPECT_EQ(second->result, HResult::InvalidArg);
	worker.executor.runAll();
	EXPECT_EQ(first->result, HResult::Ok);
}

// ------------------------------------------------------------------- Delete

TEST_F(RemovalTest, DeletingOneOfTwoMappingsKeepsTheSnapshot)
{
	const auto set = client.make(Status::Recovered, {"both1", "both2"});
	EXPECT_EQ(client.remove(set.id, set.copy(), "both1"), HResult::Ok);
	EXPECT_FALSE(world.publisher.isPublished(nameOf(set, 0)));
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set, 1)));
	EXPECT_NE(world.provider.find(set.copy()), nullptr);
	EXPECT_EQ(client.mapping(set.id, set.copy(), "both1").result, HResult::InvalidArg);
	EXPECT_EQ(client.mapping(set.id, set.copy(), "both2").result, HResult::Ok);
	EXPECT_EQ(client.remove(set.id, set.copy(), "both1"), HResult::ObjectNotFound);
}

TEST_F(RemovalTest, AShareWhoseSnapshotStaysIsGoneForSmbdAtOnce)
{
	const auto set = client.make(Status::Recovered, {"both1", "both2"});
	worker.pass(1s);
	const auto before = world.publisher.announcements;
	EXPECT_EQ(client.remove(set.id, set.copy(), "both1"), HResult::Ok);
	EXPECT_EQ(world.publisher.announcements, before + 1);
	EXPECT_THAT(world.publisher.disconnected, ElementsAre(nameOf(set, 0)));
}

TEST_F(RemovalTest, DeletingTheLastMappingDropsTheSet)
{
	const auto set = client.make(Status::Recovered, {"both1", "both2", "share1"});
	EXPECT_EQ(client.remove(set.id, set.copies[0], "both1"), HResult::Ok);
	EXPECT_EQ(client.remove(set.id, set.copies[1], "both2"), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 1U);
	EXPECT_EQ(world.set(set.id)->copies.size(), 1U);
	EXPECT_EQ(client.remove(set.id, set.copies[2], "share1"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
	EXPECT_EQ(client.remove(set.id, set.copies[2], "share1"), HResult::ObjectNotFound);
}

TEST_F(RemovalTest, DeletingAllOfAnExposedSetEndsItsSession)
{
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
	Client other(worker, "198.51.100.2", 2);
	EXPECT_EQ(other.setContext(), HResult::Ok);
}

TEST_F(RemovalTest, AnyPermittedClientMayDelete)
{
	const auto set = client.make(Status::Recovered);
	Client other(worker, "198.51.100.2", 2);
	EXPECT_EQ(other.remove(set.id, set.copy(), "SHARE1\\"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, TheShareGoesBeforeTheSnapshot)
{
	const auto set = client.make(Status::Recovered);
	Arguments arguments{set.id, set.copy()};
	arguments.name = uncOf("share1");
	const auto reply = client.send(FSS_DELETE_SHARE_MAPPING, arguments);
	EXPECT_FALSE(reply->answered);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_NE(world.provider.find(set.copy()), nullptr);
	worker.executor.runAll();
	EXPECT_EQ(reply->result, HResult::Ok);
	EXPECT_EQ(world.provider.find(set.copy()), nullptr);
}

TEST_F(RemovalTest, ADeleteDuringADeleteWaitsForItsEnd)
{
	const auto set = client.make(Status::Recovered, {"share1", "share2"});
	Arguments first{set.id, set.copies[0]}, second{set.id, set.copies[1]};
	first.name = uncOf("share1");
	second.name = uncOf("share2");
	const auto one = client.send(FSS_DELETE_SHARE_MAPPING, first);
	const auto two = client.send(FSS_DELETE_SHARE_MAPPING, second);
	const auto again = client.send(FSS_DELETE_SHARE_MAPPING, first);
	worker.executor.runAll();
	EXPECT_EQ(one->result, HResult::Ok);
	EXPECT_EQ(two->result, HResult::Ok);
	EXPECT_EQ(again->result, HResult::ObjectNotFound) << "the set is gone";
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RemovalTest, AnAbandonedDeleteIsCarriedOutAndAudited)
{
	const auto set = client.make(Status::Recovered);
	world.host.audits.clear();
	Arguments arguments{set.id, set.copy()};
	arguments.name = uncOf("share1");
	client.send(FSS_DELETE_SHARE_MAPPING, arguments)->call->abandon();
	worker.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
	EXPECT_THAT(world.host.audits, ElementsAre(HasSubstr("DeleteShareMapping")));
}

// What could not be deleted is neither lost nor forgotten: the client may try
// again, or it is finished later, and nothing stays that no record names as live.
class FailedDelete : public RemovalTest {
protected:
	void expectASecondTryWorks(const ClientSet &set)
	{
		EXPECT_TRUE(world.set(set.id));
		world.provider.destroyFailure.reset();
		world.publisher.failure.reset();
		EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
		EXPECT_TRUE(world.isEmpty());
	}
};

TEST_F(FailedDelete, OfTheShareIsFinishedLater)
{
	const auto set = client.make(Status::Recovered);
	world.publisher.failure = trouble;
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set)));
	worker.pass(60s);
	EXPECT_TRUE(world.set(set.id)) << "it is tried in vain";
	world.publisher.failure.reset();
	worker.pass(60s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(FailedDelete, OfTheShareIsTriedAgainWithAPause)
{
	const auto set = client.make(Status::Recovered);
	world.publisher.failure = trouble;
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	world.host.lines.clear();
	worker.live(60s);
	EXPECT_GE(world.host.lines.size(), 5U);
	EXPECT_LE(world.host.lines.size(), 20U) << "it fills the log";
	world.publisher.failure.reset();
	worker.live(11s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(FailedDelete, OfTheShareIsToldToWhoeverAsksAgain)
{
	const auto set = client.make(Status::Recovered);
	world.publisher.failure = trouble;
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	world.publisher.failure.reset();
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::ObjectNotFound);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(FailedDelete, OfTheSnapshotMayBeRepeated)
{
	const auto set = client.make(Status::Recovered);
	world.provider.destroyFailure = trouble;
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	expectASecondTryWorks(set);
}

TEST_F(FailedDelete, OfTheSnapshotDoesNotBringTheShareBack)
{
	const auto set = client.make(Status::Recovered);
	world.provider.destroyFailure = trouble;
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Fail);
	worker.kill();
	Worker next(world);
	next.executor.runAll();
	EXPECT_THAT(world.publisher.published, IsEmpty());
}

TEST_F(RemovalTest, WhatIsGoneIsSoonGoneFromTheDisksRecord)
{
	const auto set = client.make(Status::Recovered);
	ASSERT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
	const auto before = world.records.diskCommits;
	worker.pass(std::chrono::seconds(1));
	EXPECT_EQ(world.records.diskCommits, before + 1);
	worker.pass(std::chrono::seconds(1));
	EXPECT_EQ(world.records.diskCommits, before + 1);
}

} // namespace
} // namespace fss
