// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// AddToShadowCopySet, PrepareShadowCopySet, CommitShadowCopySet: MS-FSRVP
/// 3.1.4.4, 3.1.4.13, 3.1.4.5.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class CreationTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	HResult addName(const SetId &set, const std::u16string &name)
	{
		Arguments arguments{set};
		arguments.name = name;
		return client.call(FSS_ADD_TO_SHADOW_COPY_SET, arguments).result;
	}
	std::shared_ptr<Reply> sendTimed(fss_method method, const SetId &set, uint32_t timeoutMs)
	{
		Arguments arguments{set};
		arguments.timeoutMs = timeoutMs;
		return client.send(method, arguments);
	}
	void tickAfter(std::chrono::milliseconds time)
	{
		world.clock.advance(time);
		worker.agent->tick();
	}
};

// ---------------------------------------------------------------------- Add

TEST_F(CreationTest, AddLooksAtTheShareBeforeTheSet)
{
	const auto unknown = SetId::random();
	EXPECT_EQ(addName(unknown, uncOf("nobody")), HResult::ObjectNotFound);
	world.provider.unsupported.insert("/vol1");
	EXPECT_EQ(addName(unknown, uncOf("share1")), HResult::NotSupported);
	EXPECT_EQ(addName(unknown, u"\\\\attacker\\share1"), HResult::InvalidArg);
	EXPECT_EQ(addName(unknown, uncOf("share2")), HResult::InvalidArg);
	world.host.options["error codes"] = "current";
	EXPECT_EQ(addName(unknown, uncOf("share2")), HResult::SetIdMismatch);
}

TEST_F(CreationTest, AShareThatIsAnotherForEachClientIsNotAdded)
{
	const auto set = client.make(Status::Started);
	world.host.files[""] = {{"share1", "include", "/nowhere/%U.conf"}};
	EXPECT_EQ(client.add(set.id, "share1").result, HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_WARNING, "include = /nowhere/%U.conf"));
	EXPECT_EQ(client.add(set.id, "share2").result, HResult::Ok);
	world.host.damagedSecurity = true;
	EXPECT_EQ(client.add(set.id, "share3").result, HResult::NotSupported);
}

TEST_F(CreationTest, AShareWhoseGuardRefusesIsNotAdded)
{
	world.host.shares[0].guarded = true;
	client.caller.user = "backup";
	const auto set = client.make(Status::Started);
	world.guard.failure = Error{HResult::NotSupported, "root preexec = findmnt /vol1", 13, ""};
	EXPECT_EQ(client.add(set.id, "share1").result, HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_WARNING, "findmnt"));
	EXPECT_EQ(client.add(set.id, "share2").result, HResult::Ok); // has none
	ASSERT_EQ(world.guard.asked.size(), 1U);
	EXPECT_EQ(world.guard.asked[0].share, "share1");
	EXPECT_EQ(world.guard.asked[0].path, "/vol1");
	EXPECT_EQ(world.guard.asked[0].user, "backup");
	EXPECT_EQ(world.guard.asked[0].address, client.caller.address);
}

TEST_F(CreationTest, AddDoesNotWaitForAGuard)
{
	world.host.shares[0].guarded = true;
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = uncOf("share1");
	const auto sent = client.send(FSS_ADD_TO_SHADOW_COPY_SET, arguments);
	EXPECT_FALSE(sent->answered);
	worker.executor.runAll();
	EXPECT_TRUE(sent->answered);
	EXPECT_EQ(sent->result, HResult::Ok);
}

TEST_F(CreationTest, CommitAsksTheGuardsBeforeItMakesAnything)
{
	world.host.shares[0].guarded = true;
	const auto set = client.make(Status::Added, {"share1", "share2"});
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	world.guard.failure = Error{HResult::NotSupported, "root preexec = findmnt /vol1", 13, ""};
	EXPECT_EQ(client.commit(set.id), HResult::NotSupported);
	EXPECT_TRUE(world.provider.snapshots.empty());
	EXPECT_TRUE(world.gate.held.empty());
	world.guard.failure.reset();
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(CreationTest, AShareOnAnotherVolumeThanAtItsLastShadowCopyIsWarnedOf)
{
	const auto warned = [&] { return world.host.logged(FSS_LOG_WARNING, "another volume"); };
	const auto set = client.make(Status::Recovered, {"share1", "share2"});
	client.make(Status::Recovered, {"share1", "share2"});
	EXPECT_FALSE(warned());
	world.host.shares[0].path = "/vol3";
	client.make(Status::Added, {"share2"});
	EXPECT_FALSE(warned());
	const auto other = client.make(Status::Added, {"share1"});
	EXPECT_TRUE(warned());
	EXPECT_TRUE(world.host.logged(FSS_LOG_WARNING, "/vol1"));
	// As long as no shadow copy is made of it there.
	world.host.lines.clear();
	EXPECT_EQ(client.abort(other.id), HResult::Ok);
	client.make(Status::Recovered, {"share1"});
	EXPECT_TRUE(warned());
	world.host.lines.clear();
	client.make(Status::Recovered, {"share1"});
	EXPECT_FALSE(warned());
}

TEST_F(CreationTest, AddRefusesForeignHostsAndRubbish)
{
	const auto set = client.make(Status::Started);
	for (const auto *name :
	     {u"\\\\attacker\\share1", u"share1", u"\\\\SERVER\\..", u"\\\\\\share1"})
		EXPECT_EQ(addName(set.id, name), HResult::InvalidArg);
	EXPECT_EQ(addName(set.id, u"\\\\SERVER\\" + std::u16string(65'536, u'a')),
	          HResult::InvalidArg);
	EXPECT_EQ(world.set(set.id)->status, Status::Started);
}

TEST_F(CreationTest, AddTakesEveryNameOfTheServer)
{
	const auto set = client.make(Status::Started);
	world.host.options["server names"] = "cluster";
	EXPECT_EQ(addName(set.id, u"\\\\server\\share1"), HResult::Ok);
	EXPECT_EQ(addName(set.id, u"\\\\192.0.2.1\\share2\\"), HResult::Ok);
	EXPECT_EQ(addName(set.id, u"\\\\2001-db8--1.ipv6-literal.net\\SHARE3"), HResult::Ok);
	EXPECT_EQ(addName(set.id, u"\\\\CLUSTER\\share4"), HResult::Ok);
}

TEST_F(CreationTest, AddRecordsTheNameToBeExposedAheadOfTheAct)
{
	const auto set = client.make(Status::Added);
	const auto stored = world.set(set.id);
	ASSERT_EQ(stored->copies.size(), 1U);
	const auto &mapping = stored->copies[0].mappings.at(0);
	EXPECT_EQ(mapping.exposedName, "share1@{" + set.copy().text() + "}");
	EXPECT_FALSE(mapping.exposed);
	EXPECT_EQ(stored->copies[0].created, world.clock.fileTime());
	EXPECT_EQ(stored->client, "198.51.100.1");
	EXPECT_EQ(stored->account, "DOMAIN\\backup");
	EXPECT_EQ(stored->bootId, Owner::thisBoot());
}

TEST_F(CreationTest, TheSameShareTwiceIsRefusedInAnySpelling)
{
	const auto set = client.make(Status::Added);
	for (const auto *again :
	     {u"\\\\SERVER\\share1", u"\\\\server\\SHARE1\\", u"\\\\192.0.2.1\\Share1\\sub"})
		EXPECT_EQ(addName(set.id, again), HResult::ObjectAlreadyExists);
	EXPECT_EQ(world.set(set.id)->mappingCount(), 1U);
}

TEST_F(CreationTest, SharesOfOneVolumeShareOneSnapshot)
{
	const auto set = client.make(Status::Committed, {"both1", "both2", "share1"});
	EXPECT_EQ(set.copies[0], set.copies[1]);
	EXPECT_NE(set.copies[0], set.copies[2]);
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
	EXPECT_THAT(world.provider.find(set.copies[0])->exposedPaths, ElementsAre("one", "two"));
	EXPECT_EQ(world.use("fake:/vol9"), (VolumeUse{1, 1}));
}

TEST_F(CreationTest, TheSixtyFifthShareIsRefused)
{
	for (int i = 0; i < 65; i++)
		world.addShare("many" + std::to_string(i),
		               "/many" + std::to_string(i % 50) + "/" + std::to_string(i));
	const auto set = client.make(Status::Started);
	for (int i = 0; i < 64; i++)
		ASSERT_EQ(client.add(set.id, "many" + std::to_string(i)).result, HResult::Ok) << i;
	EXPECT_EQ(client.add(set.id, "many64").result, HResult::MaximumVolumes);
	EXPECT_EQ(client.add(set.id, "many0").result, HResult::ObjectAlreadyExists);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 50U);
}

TEST_F(CreationTest, AVolumeHasSoManyShadowCopiesAndNoMore)
{
	world.host.shareOptions[{"share1", "max shadow copies"}] = "2";
	const auto first = client.make(Status::Recovered);
	client.make(Status::Recovered);
	const auto third = client.make(Status::Started);
	EXPECT_EQ(client.add(third.id, "share1").result, HResult::MaximumSnapshots);
	EXPECT_EQ(client.add(third.id, "share2").result, HResult::Ok);
	EXPECT_EQ(client.remove(first.id, first.copy(), "share1"), HResult::Ok);
	EXPECT_EQ(client.add(third.id, "share1").result, HResult::Ok);
}

TEST_F(CreationTest, TheLimitOfAVolumeCountsSnapshotsNotShares)
{
	world.host.options["max shadow copies"] = "1";
	const auto set = client.make(Status::Recovered, {"both1", "both2"});
	EXPECT_EQ(world.setCount(), 1U);
	const auto second = client.make(Status::Started);
	EXPECT_EQ(client.add(second.id, "both2").result, HResult::MaximumSnapshots);
}

TEST_F(CreationTest, AnUnfinishedSetThatItsClientGaveUpDoesNotCount)
{
	world.host.options["max shadow copies"] = "1";
	for (const auto left : {Status::Added, Status::Committed, Status::Exposed}) {
		const auto old = client.make(left);
		// Its removal takes longer than the client needs to come again.
		world.provider.destroyFailure = Error{HResult::Fail, "destroy", EIO, ""};
		const auto next = client.make(Status::Started);
		EXPECT_TRUE(world.set(old.id));
		EXPECT_EQ(client.add(next.id, "share1").result, HResult::Ok) << int(left);
		world.provider.destroyFailure.reset();
		EXPECT_EQ(client.abort(next.id), HResult::Ok);
	}
}

TEST_F(CreationTest, AShadowCopyWhoseDeletionFailedCountsAgain)
{
	world.host.options["max shadow copies"] = "1";
	const auto old = client.make(Status::Recovered);
	world.provider.destroyFailure = Error{HResult::Fail, "destroy", EIO, ""};
	EXPECT_NE(client.remove(old.id, old.copy(), "share1"), HResult::Ok);
	const auto next = client.make(Status::Started);
	EXPECT_EQ(client.add(next.id, "share1").result, HResult::MaximumSnapshots);
	world.provider.destroyFailure.reset();
	EXPECT_EQ(client.remove(old.id, old.copy(), "share1"), HResult::Ok);
	EXPECT_EQ(client.add(next.id, "share1").result, HResult::Ok);
}

TEST_F(CreationTest, AddIsLegalAfterPrepare)
{
	const auto set = client.make(Status::Added);
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	EXPECT_EQ(client.add(set.id, "share2").result, HResult::Ok);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
}

TEST_F(CreationTest, AShareOfTheSameVolumeThatIsAddedAfterPrepareIsInItsSnapshot)
{
	world.host.shareOptions[{"both2", "nested"}] = "include";
	const auto set = client.make(Status::Added, {"both1"});
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	EXPECT_EQ(client.add(set.id, "both2").result, HResult::Ok);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	const auto *snapshot = world.provider.find(set.copy());
	ASSERT_NE(snapshot, nullptr);
	EXPECT_EQ(snapshot->exposedPaths.size(), 2U);
	EXPECT_EQ(snapshot->nested, NestedPolicy::Include);
}

TEST_F(CreationTest, AddDuringPrepareWaitsForItsEnd)
{
	const auto set = client.make(Status::Added);
	const auto prepared = sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, 60'000);
	Arguments arguments{set.id};
	arguments.name = uncOf("share2");
	const auto added = client.send(FSS_ADD_TO_SHADOW_COPY_SET, arguments);
	EXPECT_FALSE(added->answered);
	worker.executor.runAll();
	EXPECT_EQ(prepared->result, HResult::Ok);
	ASSERT_TRUE(added->answered);
	EXPECT_EQ(added->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->mappingCount(), 2U);
}

TEST_F(CreationTest, AClientThatIsGoneBeforeItsShareWasLookedAtAddsNothing)
{
	world.host.shares[0].vfsObjects = "btrfs";
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = uncOf("share1");
	const auto added = client.send(FSS_ADD_TO_SHADOW_COPY_SET, arguments);
	EXPECT_FALSE(added->answered);
	added->call->abandon();
	worker.executor.runAll();
	EXPECT_TRUE(world.set(set.id)->copies.empty());
	worker.pass(180s);
	EXPECT_TRUE(world.isEmpty()) << "its timer runs as before";
}

TEST_F(CreationTest, LeftOutSubvolumesAreLogged)
{
	world.provider.withNested.insert("/vol1");
	const auto set = client.make(Status::Started);
	EXPECT_EQ(client.add(set.id, "share1").result, HResult::NotSupported);
	world.host.shareOptions[{"share1", "nested"}] = "ignore";
	EXPECT_EQ(client.add(set.id, "share1").result, HResult::Ok);
	EXPECT_TRUE(world.host.logged(FSS_LOG_WARNING, "/vol1/nested"));
}

TEST_F(CreationTest, ANestedSubvolumeThatAppearsBeforeCommitIsTreatedAsTheOptionSays)
{
	auto set = client.make(Status::Added);
	world.provider.withNested.insert("/vol1");
	EXPECT_EQ(client.commit(set.id), HResult::NotSupported);
	EXPECT_TRUE(world.provider.snapshots.empty());
	world.host.shareOptions[{"share1", "nested"}] = "ignore";
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_TRUE(world.host.logged(FSS_LOG_WARNING, "'/vol1/nested' is left out"));
}

TEST_F(CreationTest, NestedIncludeReachesTheProvider)
{
	world.provider.withNested.insert("/vol1");
	world.host.shareOptions[{"share1", "nested"}] = "include";
	const auto set = client.make(Status::Committed, {"share1", "share2"});
	EXPECT_EQ(world.provider.find(set.copies[0])->nested, NestedPolicy::Include);
	EXPECT_EQ(world.provider.find(set.copies[1])->nested, NestedPolicy::Refuse);
}

TEST_F(CreationTest, AddRefusesAVolumeWithoutRoom)
{
	const auto set = client.make(Status::Started);
	world.provider.full.insert("fake:/vol1");
	EXPECT_EQ(client.add(set.id, "share1").result, HResult::InsufficientStorage);
	EXPECT_TRUE(world.set(set.id)->copies.empty());
	EXPECT_EQ(client.add(set.id, "share2").result, HResult::Ok);
}

TEST_F(CreationTest, TheRoomOfDeletedSnapshotsIsWaitedForBeforeTheSnapshot)
{
	for (const bool prepares : {true, false}) {
		world.provider.full.insert("fake:/vol1");
		world.provider.clearing = {{"fake:/vol1", true}};
		const auto set = client.make(Status::Added);
		if (prepares) {
			EXPECT_EQ(client.prepare(set.id), HResult::Ok);
		}
		EXPECT_EQ(client.commit(set.id), HResult::Ok);
		EXPECT_THAT(world.provider.full, IsEmpty());
		EXPECT_EQ(client.abort(set.id), HResult::Ok);
	}
}

TEST_F(CreationTest, WhereThatRoomDoesNotSufficeNothingIsMade)
{
	for (const bool prepares : {true, false}) {
		world.provider.full.insert("fake:/vol1");
		world.provider.clearing = {{"fake:/vol1", false}};
		const auto set = client.make(Status::Added);
		EXPECT_EQ(prepares ? client.prepare(set.id) : client.commit(set.id),
		          HResult::InsufficientStorage);
		EXPECT_THAT(world.provider.snapshots, IsEmpty());
		EXPECT_EQ(client.abort(set.id), HResult::Ok);
	}
}

// ------------------------------------------------------------------ Prepare

TEST_F(CreationTest, PrepareChangesNoState)
{
	const auto set = client.make(Status::Added);
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Added);
	EXPECT_FALSE(world.set(set.id)->job);
	EXPECT_EQ(client.prepare(set.id), HResult::Ok) << "and may be repeated";
}

TEST_F(CreationTest, PrepareIsNotNeeded)
{
	const auto set = client.make(Status::Added);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(CreationTest, PrepareAnswersTheProvidersError)
{
	const auto set = client.make(Status::Added);
	world.provider.beginFailure =
	        Error{HResult::InsufficientStorage, "no room", 28, "make some"};
	EXPECT_EQ(client.prepare(set.id), HResult::InsufficientStorage);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "make some"));
	world.provider.beginFailure.reset();
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
}

TEST_F(CreationTest, PrepareAndCommitOutlastChangesInTheVolumes)
{
	const auto set = client.make(Status::Added);
	world.provider.changing = 2;
	EXPECT_EQ(client.prepare(set.id), HResult::Ok);
	world.provider.whileLooking = 2;
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_TRUE(world.provider.find(set.copy()));
}

TEST_F(CreationTest, PrepareIsAnsweredInItsTime)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, 500);
	ASSERT_TRUE(worker.executor.wakeTime);
	EXPECT_LE(*worker.executor.wakeTime, world.clock.now + 500ms);
	tickAfter(499ms);
	EXPECT_FALSE(reply->answered);
	tickAfter(1ms);
	ASSERT_TRUE(reply->answered);
	EXPECT_EQ(reply->result, HResult::WaitTimeout);
	worker.executor.runAll();
	EXPECT_EQ(client.commit(set.id), HResult::Ok) << "the set is as good as before";
}

TEST_F(CreationTest, PrepareWithNoTimeAtAllTimesOutAtOnce)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, 0);
	EXPECT_TRUE(reply->answered);
	EXPECT_EQ(reply->result, HResult::WaitTimeout);
}

TEST_F(CreationTest, PrepareTakesTheLongestTime)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, UINT32_MAX);
	tickAfter(24h);
	EXPECT_FALSE(reply->answered);
	worker.executor.runAll();
	EXPECT_EQ(reply->result, HResult::Ok);
}

TEST_F(CreationTest, TheTimerOfATimedOutPrepareRuns)
{
	const auto set = client.make(Status::Added);
	sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, 0);
	worker.executor.runAll();
	tickAfter(179s);
	EXPECT_TRUE(world.set(set.id));
	worker.pass(1s);
	EXPECT_TRUE(world.isEmpty());
}

// ------------------------------------------------------------------- Commit

TEST_F(CreationTest, CommitMakesAllSnapshotsInOneGo)
{
	const auto set = client.make(Status::Committed, {"share1", "share2", "share3"});
	const auto stored = world.set(set.id);
	for (const auto &copy : stored->copies) {
		const auto *snapshot = world.provider.find(copy.id);
		ASSERT_NE(snapshot, nullptr);
		EXPECT_EQ(copy.snapshotUuid, snapshot->uuid);
		EXPECT_EQ(copy.transaction, stored->copies[0].transaction);
		EXPECT_EQ(copy.taken, world.clock.fileTime());
	}
}

TEST_F(CreationTest, TheTimeOfAShadowCopyIsTheOneThatItsProviderFoundFree)
{
	const auto set = client.make(Status::Added);
	const auto added = world.set(set.id)->copies[0].created;
	world.provider.laterCreated = 20'000'000;
	ASSERT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(world.set(set.id)->copies[0].created, added + 20'000'000);
}

TEST_F(CreationTest, SnapshotsAreWritableForAutoRecoveryOnly)
{
	for (const uint32_t context : {0x0, 0x2, 0x9, 0x1B, 0x400000, 0x400019}) {
		World fresh;
		Worker agent(fresh);
		const auto set = Client(agent).make(Status::Committed, {"share1"}, context);
		EXPECT_EQ(fresh.provider.find(set.copy())->writable, (context & 0x400000) != 0)
		        << context;
	}
}

TEST_F(CreationTest, AFailedCommitGoesBackToAdded)
{
	const auto set = client.make(Status::Added);
	world.provider.fireFailure = Error{HResult::Fail, "snapshot", 28, ""};
	EXPECT_EQ(client.commit(set.id), HResult::Fail);
	EXPECT_EQ(world.set(set.id)->status, Status::Added);
	world.provider.fireFailure.reset();
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(CreationTest, CommitIsAnsweredInItsTime)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	EXPECT_EQ(world.set(set.id)->status, Status::CreationInProgress);
	tickAfter(60s - 1ms);
	EXPECT_FALSE(reply->answered);
	tickAfter(1ms);
	EXPECT_EQ(reply->result, HResult::CommitTimeout);
	EXPECT_EQ(world.set(set.id)->status, Status::CreationInProgress);
}

TEST_F(CreationTest, ASecondCommitWaitsForTheSameResult)
{
	const auto set = client.make(Status::Added);
	const auto first = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	const auto second = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	EXPECT_EQ(worker.executor.waiting(), 1U) << "no second time";
	EXPECT_FALSE(second->answered);
	worker.executor.runAll();
	EXPECT_TRUE(first->answered && second->answered);
	EXPECT_EQ(first->result, HResult::Ok);
	EXPECT_EQ(second->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
}

TEST_F(CreationTest, ASecondCommitHearsOfTheFailureToo)
{
	const auto set = client.make(Status::Added);
	world.provider.fireFailure = Error{HResult::NotSupported, "snapshot", 95, ""};
	const auto first = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	const auto second = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	worker.executor.runAll();
	EXPECT_EQ(first->result, HResult::NotSupported);
	EXPECT_EQ(second->result, HResult::NotSupported);
}

TEST_F(CreationTest, ALateSuccessIsCollectedByASecondCommit)
{
	const auto set = client.make(Status::Added);
	EXPECT_EQ(sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 0)->result, HResult::CommitTimeout);
	EXPECT_EQ(client.expose(set.id), HResult::BadState);
	worker.executor.runAll();
	EXPECT_EQ(world.set(set.id)->status, Status::CreationInProgress);
	EXPECT_EQ(client.expose(set.id), HResult::BadState);
	EXPECT_EQ(sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 0)->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 1U);
}

TEST_F(CreationTest, ALateFailureIsForTheNextCommitToTryAgain)
{
	const auto set = client.make(Status::Added);
	world.provider.fireFailure = Error{HResult::Fail, "snapshot", 5, ""};
	EXPECT_EQ(sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 0)->result, HResult::CommitTimeout);
	worker.executor.runAll();
	EXPECT_EQ(world.set(set.id)->status, Status::Added);
	world.provider.fireFailure.reset();
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(CreationTest, OtherClientsAreAnsweredDuringACommit)
{
	world.host.options["max concurrent sets"] = "2";
	const auto set = client.make(Status::CreationInProgress);
	Client other(worker, "198.51.100.2", 2);
	Arguments arguments;
	arguments.name = uncOf("share1");
	const auto query = other.send(FSS_IS_PATH_SHADOW_COPIED, arguments);
	EXPECT_TRUE(query->answered);
	EXPECT_EQ(other.send(FSS_SET_CONTEXT)->result, HResult::Ok);
	EXPECT_EQ(other.send(FSS_START_SHADOW_COPY_SET, {SetId::random()})->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::CreationInProgress);
}

// ---------------------------------------------------------- abandoned calls

TEST_F(CreationTest, AnAbandonedCommitsSetIsEndedByTheTimer)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	reply->call->abandon();
	worker.agent->connectionClosed(client.caller.connection);
	worker.executor.runAll();
	EXPECT_FALSE(reply->answered);
	EXPECT_EQ(world.provider.snapshots.size(), 1U);
	worker.pass(179s);
	EXPECT_TRUE(world.set(set.id));
	worker.pass(1s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(CreationTest, AnAbandonedPreparesSetIsEndedByTheTimer)
{
	const auto set = client.make(Status::Added);
	const auto reply = sendTimed(FSS_PREPARE_SHADOW_COPY_SET, set.id, 60'000);
	reply->call->abandon();
	worker.agent->connectionClosed(client.caller.connection);
	worker.executor.runAll();
	EXPECT_FALSE(reply->answered);
	EXPECT_FALSE(world.set(set.id)->job);
	worker.pass(1800s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(CreationTest, AnAbandonedCommitIsAuditedAllTheSame)
{
	const auto set = client.make(Status::Added);
	world.host.audits.clear();
	const auto reply = sendTimed(FSS_COMMIT_SHADOW_COPY_SET, set.id, 60'000);
	reply->call->abandon();
	worker.executor.runAll();
	EXPECT_THAT(world.host.audits, ElementsAre(testing::HasSubstr("CommitShadowCopySet")));
}

} // namespace
} // namespace fss
