// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class AdministrationTest : public testing::Test {
protected:
	AdministrationTest() { world.host.options["max concurrent sets"] = "8"; }

	/// Asks the agent, and lets the worker finish.
	template <class Fn> Reply ask(Fn fn)
	{
		const auto reply = send(fn);
		worker.executor.runAll();
		worker.live(1s);
		EXPECT_TRUE(reply->answered);
		return *reply;
	}
	template <class Fn> std::shared_ptr<Reply> send(Fn fn)
	{
		auto reply = std::make_shared<Reply>();
		Caller admin;
		admin.account = "root";
		admin.address = "fssctl[1]";
		reply->call = std::make_shared<Call>(
		        FSS_ABORT_SHADOW_COPY_SET, admin,
		        // Weak, because the reply holds its call.
		        [weak = std::weak_ptr(reply)](HResult result, const Answer &) {
			        if (const auto held = weak.lock()) {
				        held->answered = true;
				        held->result = result;
			        }
		        },
		        "DeleteShadowCopySet");
		fn(reply->call);
		return reply;
	}
	HResult remove(const SetId &set)
	{
		return ask([&](const CallPtr &call) { worker.agent->remove(call, set); }).result;
	}
	HResult forget(const SetId &set, const std::vector<Agent::MappingKey> &mappings = {})
	{
		return ask([&](const CallPtr &call) { worker.agent->forget(call, set, mappings); })
		        .result;
	}
	HResult sweep()
	{
		return ask([&](const CallPtr &call) { worker.agent->sweep(call); }).result;
	}

	World world;
	Worker worker{world};
	Client client{worker};
};

class RemovedInState : public AdministrationTest, public testing::WithParamInterface<Status> {};

TEST_P(RemovedInState, LeavesNothing)
{
	const auto set = client.make(GetParam(), {"share1", "share2"});
	EXPECT_EQ(remove(set.id), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

INSTANTIATE_TEST_SUITE_P(EveryState, RemovedInState,
                         testing::Values(Status::Started, Status::Added, Status::CreationInProgress,
                                         Status::Committed, Status::Exposed, Status::Recovered));

TEST_F(AdministrationTest, RemovingAnUnknownSetSaysSo)
{
	EXPECT_EQ(remove(SetId::random()), HResult::ObjectNotFound);
}

TEST_F(AdministrationTest, RemovalWaitsForAJobAndTearsNothing)
{
	const auto set = client.make(Status::Added);
	const auto commit = client.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	const auto removal = send([&](const CallPtr &call) { worker.agent->remove(call, set.id); });
	EXPECT_FALSE(removal->answered);
	EXPECT_FALSE(world.set(set.id)->undoing) << "a commit is under way";
	worker.executor.runAll();
	worker.live(1s);
	EXPECT_EQ(commit->result, HResult::Ok);
	EXPECT_EQ(removal->result, HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AdministrationTest, ARemovalIsAuditedWithWhoAskedForIt)
{
	const auto set = client.make(Status::Recovered);
	world.host.audits.clear();
	EXPECT_EQ(remove(set.id), HResult::Ok);
	ASSERT_EQ(world.host.audits.size(), 1U);
	EXPECT_THAT(world.host.audits[0], HasSubstr("op=DeleteShadowCopySet account=\"root\""));
	EXPECT_THAT(world.host.audits[0], HasSubstr("set=" + set.id.text()));
}

TEST_F(AdministrationTest, ForgettingKeepsTheSnapshots)
{
	const auto set = client.make(Status::Recovered, {"share1", "share2"});
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
	world.provider.remembered = {CopyId(set.copies[0]).text()};
	EXPECT_EQ(forget(set.id), HResult::Ok);
	EXPECT_THAT(world.provider.remembered, testing::IsEmpty())
	        << "what is kept beside the store";
	EXPECT_EQ(world.setCount(), 0U);
	EXPECT_TRUE(world.publisher.published.empty());
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
	// Nor is it something to recover.
	EXPECT_EQ(sweep(), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
}

TEST_F(AdministrationTest, OneMappingIsForgottenAlone)
{
	const auto set = client.make(Status::Recovered, {"both1", "both2"});
	EXPECT_EQ(forget(set.id, {{set.copies[0], "both1"}}), HResult::Ok);
	const auto left = world.set(set.id);
	ASSERT_TRUE(left);
	EXPECT_EQ(left->shareList(), "both2");
	EXPECT_EQ(world.publisher.published.size(), 1U);
	EXPECT_EQ(forget(set.id, {{set.copies[0], "both1"}}), HResult::ObjectNotFound);
	EXPECT_EQ(remove(set.id), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AdministrationTest, ThereIsNothingToKeepBeforeCommit)
{
	const auto set = client.make(Status::Added);
	EXPECT_EQ(forget(set.id), HResult::BadState);
	EXPECT_TRUE(world.set(set.id)) << "and it stays";
}

TEST_F(AdministrationTest, SweepingRemovesWhatHasExpired)
{
	client.make(Status::Committed);
	world.clock.advance(1801s);
	EXPECT_EQ(sweep(), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AdministrationTest, SweepingDropsShadowCopiesWithoutSnapshot)
{
	client.make(Status::Recovered);
	world.provider.snapshots.clear();
	EXPECT_EQ(sweep(), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AdministrationTest, SweepingLeavesSetsThatClientsWorkOn)
{
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(sweep(), HResult::Ok);
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Ok);
}

// ------------------------------------------------------------------ counters

class CountersTest : public AdministrationTest {
protected:
	Counters counters()
	{
		Journal journal(world.records, world.host);
		return *journal.begin()->counters();
	}
};

TEST_F(CountersTest, ACommitIsCountedWithItsTimes)
{
	client.make(Status::Committed, {"share1", "share2"});
	const auto counted = counters();
	EXPECT_EQ(counted.commits, 1U);
	EXPECT_EQ(counted.failedCommits, 0U);
	EXPECT_EQ(counted.snapshots, 2U);
	EXPECT_EQ(counted.hold.count(), 1U);
	EXPECT_EQ(counted.flush.count(), 1U);
}

TEST_F(CountersTest, ACommitIsCountedWhereItsEndIsRecorded)
{
	const auto set = client.make(Status::Added);
	client.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	EXPECT_EQ(counters().commits, 0U);
	worker.executor.runAll(); // and no tick
	EXPECT_EQ(counters().commits, 1U);
}

TEST_F(CountersTest, AFailedCommitIsCounted)
{
	const auto set = client.make(Status::Added);
	world.provider.fireFailure = Error{HResult::Fail, "snapshot", 28, ""};
	EXPECT_EQ(client.commit(set.id), HResult::Fail);
	worker.live(2s);
	EXPECT_EQ(counters().failedCommits, 1U);
	EXPECT_EQ(counters().failures[static_cast<uint32_t>(HResult::Fail)], 1U);
}

TEST_F(CountersTest, ARefusalIsCountedWithinASecond)
{
	client.abort(SetId::random());
	client.abort(SetId::random());
	worker.live(1001ms);
	uint64_t failures = 0;
	for (const auto &[code, count] : counters().failures)
		failures += count;
	EXPECT_EQ(failures, 2U);
}

TEST_F(CountersTest, RemovedAndExpiredSetsAreCounted)
{
	EXPECT_EQ(remove(client.make(Status::Recovered).id), HResult::Ok);
	client.make(Status::Exposed);
	world.clock.advance(1801s);
	EXPECT_EQ(sweep(), HResult::Ok);
	worker.live(2s);
	EXPECT_EQ(counters().removedSets, 2U);
	EXPECT_EQ(counters().expiredSets, 1U);
}

TEST_F(CountersTest, ADamagedRecordIsBegunAnew)
{
	client.make(Status::Committed);
	world.records.records["counters"] = "rubbish";
	EXPECT_EQ(counters(), Counters());
	client.make(Status::Committed, {"share2"});
	EXPECT_EQ(counters().commits, 1U);
}

} // namespace
} // namespace fss
