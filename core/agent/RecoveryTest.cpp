// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// What a worker that died, or a machine that was started anew, leaves, and
/// how the next worker ends it.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class RecoveryTest : public testing::Test {
protected:
	World world;

	static std::string nameOf(const ClientSet &set, size_t share = 0)
	{
		return set.shares[share] + "@{" + set.copies[share].text() + "}";
	}
	/// Brings a set to a status and kills its worker.
	ClientSet leave(Status status, uint32_t context = 0,
	                const std::vector<std::string> &shares = {"share1"})
	{
		Worker worker(world);
		const auto set = Client(worker).make(status, shares, context);
		worker.kill();
		return set;
	}
};

// ------------------------------------------------------------- dead workers

TEST_F(RecoveryTest, AnIdleSetGoesOnWithTheNextWorker)
{
	for (auto status : {Status::Started, Status::Added, Status::Committed, Status::Exposed}) {
		World fresh;
		ClientSet set;
		{
			Worker worker(fresh);
			set = Client(worker).make(status);
			worker.kill();
		}
		Worker next(fresh);
		next.executor.runAll();
		ASSERT_TRUE(fresh.set(set.id)) << name(status);
		EXPECT_EQ(fresh.set(set.id)->status, status);
		next.pass(1800s);
		EXPECT_TRUE(fresh.isEmpty()) << name(status);
	}
}

TEST_F(RecoveryTest, ASetWhoseTimeIsOverIsUndoneAtTheStart)
{
	leave(Status::Exposed);
	world.clock.advance(180s);
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ACommitCutShortIsUndone)
{
	const auto set = leave(Status::CreationInProgress);
	// Its snapshot was made, but nobody could record it any more.
	world.provider.snapshots[set.copy().text()].uuid = "unrecorded";
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ACommitCutShortIsUndoneForTheClientThatAsks)
{
	// The worker dies while the other is running already.
	Worker dying(world), living(world);
	const auto set = Client(dying).make(Status::CreationInProgress);
	dying.executor.forget();
	world.everyWorkerDied();
	Client client(living, "198.51.100.1", 2);
	EXPECT_EQ(client.add(set.id, "share2").result, HResult::InvalidArg);
	EXPECT_EQ(client.abort(set.id), HResult::InvalidArg);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ACommitCutShortIsUndoneOnce)
{
	Worker dying(world), living(world);
	const auto set = Client(dying).make(Status::CreationInProgress);
	dying.executor.forget();
	world.everyWorkerDied();
	Client client(living, "198.51.100.1", 2);
	const auto reply = client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	EXPECT_EQ(living.executor.waiting(), 1U);
	living.executor.runAll();
	EXPECT_TRUE(reply->answered);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ACommitThatWasDoneButNotCollectedGoesOn)
{
	ClientSet set;
	{
		Worker worker(world);
		Client client(worker);
		set = client.make(Status::CreationInProgress);
		Arguments arguments{set.id};
		worker.pass(60s);
		EXPECT_TRUE(world.set(set.id));
		worker.kill();
	}
	Worker next(world);
	next.executor.runAll();
	Client client(next);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
}

TEST_F(RecoveryTest, APrepareCutShortMayBeRepeated)
{
	ClientSet set;
	{
		Worker worker(world);
		Client client(worker);
		set = client.make(Status::Added);
		client.send(FSS_PREPARE_SHADOW_COPY_SET, {set.id});
		worker.kill();
	}
	Worker next(world);
	Client client(next);
	EXPECT_FALSE(world.set(set.id)->job);
	EXPECT_TRUE(world.state().sessions.at(0).deadline);
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(RecoveryTest, ARecoveryCutShortMayBeRepeated)
{
	ClientSet set;
	{
		Worker worker(world);
		Client client(worker);
		set = client.make(Status::Exposed, {"share1"}, 0x400009);
		client.send(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, {set.id});
		worker.kill();
	}
	Worker next(world);
	Client client(next);
	EXPECT_EQ(world.set(set.id)->status, Status::Exposed);
	EXPECT_TRUE(world.state().sessions.at(0).deadline);
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Ok);
	EXPECT_FALSE(world.provider.find(set.copy())->writable);
}

TEST_F(RecoveryTest, ADeleteCutShortIsFinished)
{
	const auto set = [&] {
		Worker worker(world);
		Client client(worker);
		auto made = client.make(Status::Recovered, {"share1", "share2"}, 0x9);
		Arguments arguments{made.id, made.copy()};
		arguments.name = uncOf("share1");
		client.send(FSS_DELETE_SHARE_MAPPING, arguments);
		worker.kill();
		return made;
	}();
	Worker next(world);
	next.executor.runAll();
	EXPECT_EQ(world.provider.find(set.copies[0]), nullptr);
	EXPECT_NE(world.provider.find(set.copies[1]), nullptr);
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set, 1)));
	EXPECT_THAT(world.set(set.id)->copies, SizeIs(1));
	EXPECT_FALSE(world.set(set.id)->job);
}

TEST_F(RecoveryTest, AnUndoCutShortIsFinished)
{
	{
		Worker worker(world);
		Client client(worker);
		const auto set = client.make(Status::Exposed);
		client.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
		worker.kill();
	}
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, AnExposeCutShortLeavesNoShareBehind)
{
	const auto set = leave(Status::Committed);
	// The shares were published, but Exposed was not recorded any more.
	world.publisher.published[nameOf(set)] = {nameOf(set), "share1", {}};
	Worker next(world);
	next.pass(180s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ASetNobodyWorksOnIsUndone)
{
	leave(Status::Exposed);
	auto state = world.state();
	state.sessions.clear();
	world.store(state);
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(RecoveryTest, ADamagedStateRecordEndsSetsInProgressAndKeepsTheOthers)
{
	const auto kept = leave(Status::Recovered, 0x9, {"share2"});
	leave(Status::Exposed);
	world.records.records["state"] = "rubbish";
	Worker next(world);
	next.executor.runAll();
	EXPECT_EQ(world.setCount(), 1U);
	EXPECT_TRUE(world.publisher.isPublished(nameOf(kept)));
	EXPECT_THAT(world.provider.snapshots, SizeIs(1));
}

TEST_F(RecoveryTest, ADamagedSetRecordDoesNotStopTheRest)
{
	const auto lost = leave(Status::Recovered, 0x9, {"share2"});
	world.records.records["set/" + lost.id.text()] = "rubbish";
	Worker next(world);
	next.executor.runAll();
	Client client(next);
	client.make(Status::Recovered);
	EXPECT_EQ(client.remove(lost.id, lost.copy(), "share2"), HResult::ObjectNotFound);
	EXPECT_NE(world.provider.find(lost.copy()), nullptr)
	        << "what no record names is left alone";
}

TEST_F(RecoveryTest, ForeignSnapshotsAndSharesAreNeverTouched)
{
	world.provider.snapshots["foreign"].uuid = "foreign";
	world.publisher.published["data@{X}"] = {"data@{X}", "data", {}};
	leave(Status::Exposed);
	world.clock.advance(1h);
	Worker next(world);
	next.executor.runAll();
	EXPECT_EQ(world.setCount(), 0U);
	EXPECT_TRUE(world.provider.snapshots.contains("foreign"));
	EXPECT_TRUE(world.publisher.isPublished("data@{X}"));
}

// --------------------------------------------- finished sets and the world

TEST_F(RecoveryTest, AMissingShareIsPublishedAgainReadOnly)
{
	const auto set = leave(Status::Recovered, 0x400009);
	world.publisher.published.clear();
	Worker next(world);
	next.executor.runAll();
	ASSERT_TRUE(world.publisher.isPublished(nameOf(set)));
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "read only"), "yes");
}

TEST_F(RecoveryTest, ASetWhoseSnapshotsAreGoneIsDropped)
{
	leave(Status::Recovered, 0x9);
	world.provider.snapshots.clear();
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
	EXPECT_TRUE(world.host.logged(FSS_LOG_NOTICE, "snapshots are gone"));
}

TEST_F(RecoveryTest, ALossThatTheProviderNoticesLaterIsLookedInto)
{
	leave(Status::Recovered, 0x9);
	Worker next(world);
	next.executor.runAll();
	world.provider.snapshots.clear();
	for (const bool noticed : {false, true}) {
		world.provider.lost = noticed;
		world.clock.advance(11s);
		next.agent->tick();
		next.executor.runAll();
		EXPECT_EQ(world.isEmpty(), noticed);
	}
}

TEST_F(RecoveryTest, AShadowCopyWhoseSnapshotIsGoneIsDroppedAndTheOthersAreKept)
{
	const auto set = leave(Status::Recovered, 0x9, {"share1", "share2"});
	world.provider.snapshots.erase(set.copies[0].text());
	world.publisher.published.clear();
	Worker next(world);
	next.executor.runAll();
	const auto left = world.set(set.id);
	ASSERT_TRUE(left);
	ASSERT_EQ(left->copies.size(), 1U);
	EXPECT_EQ(left->copies[0].id, set.copies[1]);
	EXPECT_NE(world.provider.find(set.copies[1]), nullptr);
	EXPECT_EQ(world.publisher.published.size(), 1U);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "share1 is removed, its snapshots are gone"));
}

TEST_F(RecoveryTest, AVolumeThatIsNotMountedIsNoReasonToDropASet)
{
	const auto set = leave(Status::Recovered, 0x9);
	world.provider.presenceFailure = Error{HResult::Fail, "open volume '/vol1'", 2, "mount it"};
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.set(set.id));
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "mount it"));
}

TEST_F(RecoveryTest, OnlyTheFirstWorkerLooksAtEverything)
{
	leave(Status::Recovered, 0x9);
	Worker first(world);
	EXPECT_EQ(first.executor.waiting(), 1U);
	Worker second(world);
	EXPECT_EQ(second.executor.waiting(), 0U);
}

TEST_F(RecoveryTest, ASetDeletedDuringTheLookIsNotPublishedAgain)
{
	const auto set = leave(Status::Recovered, 0x9);
	Worker next(world);
	ASSERT_EQ(next.executor.waiting(), 1U) << "the look at the world";
	Client client(next);
	Arguments arguments{set.id, set.copy()};
	arguments.name = uncOf("share1");
	const auto reply = client.send(FSS_DELETE_SHARE_MAPPING, arguments);
	next.executor.runAll();
	EXPECT_EQ(reply->result, HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

// ------------------------------------------------------------------- reboot

TEST_F(RecoveryTest, ARebootEndsNonPersistentSets)
{
	for (const uint32_t context : {0x0, 0x10, 0x400000, 0x2}) {
		leave(Status::Recovered, context);
		world.rebooted();
		Worker next(world);
		next.executor.runAll();
		EXPECT_TRUE(world.isEmpty()) << context;
		EXPECT_TRUE(world.host.logged(FSS_LOG_NOTICE, "not persistent"));
	}
}

TEST_F(RecoveryTest, ARebootKeepsPersistentSets)
{
	for (const uint32_t context : {0x9, 0x19, 0x400009, 0x1B}) {
		World fresh;
		ClientSet set;
		{
			Worker worker(fresh);
			set = Client(worker).make(Status::Recovered, {"share1"}, context);
			worker.kill();
		}
		fresh.rebooted();
		fresh.publisher.published.clear();
		Worker next(fresh);
		next.executor.runAll();
		EXPECT_TRUE(fresh.publisher.isPublished(nameOf(set))) << context;
		EXPECT_NE(fresh.provider.find(set.copy()), nullptr);
	}
}

TEST_F(RecoveryTest, KeepNonPersistentKeepsThem)
{
	const auto set = leave(Status::Recovered);
	world.rebooted();
	world.host.options["keep non-persistent"] = "yes";
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.set(set.id));
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set)));
}

TEST_F(RecoveryTest, ARestartOfTheWorkerDoesNotEndThem)
{
	const auto set = leave(Status::Recovered);
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.set(set.id));
}

TEST_F(RecoveryTest, ARebootEndsASetInProgress)
{
	for (auto status : {Status::Started, Status::Added, Status::CreationInProgress,
	                    Status::Committed, Status::Exposed}) {
		World fresh;
		{
			Worker worker(fresh);
			Client(worker).make(status, {"share1"}, 0x9);
			worker.kill();
		}
		fresh.rebooted();
		Worker next(fresh);
		next.executor.runAll();
		EXPECT_TRUE(fresh.isEmpty()) << name(status);
	}
}

TEST_F(RecoveryTest, ARebootEndsASetInProgressThatHasNoTimer)
{
	world.host.options["sequence timeout"] = "0";
	leave(Status::Exposed);
	world.rebooted();
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

} // namespace
} // namespace fss
