// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// Two workers on one store: calls that wait for the other's job, and jobs
/// whose end could not be recorded.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class WaitingTest : public testing::Test {
protected:
	WaitingTest() { world.host.options["max concurrent sets"] = "4"; }

	World world;
	Worker one{world}, two{world};
	Client first{one, "198.51.100.1", 1};
	Client second{two, "198.51.100.1", 2};

	/// Lets two wake as often as it asks to, until the answer is there.
	bool answeredBy(Worker &worker, const std::shared_ptr<Reply> &reply)
	{
		worker.executor.runAll();
		for (int i = 0; i < 1'000 && !reply->answered; i++) {
			if (!worker.executor.wakeTime)
				return false;
			world.clock.now = std::max(world.clock.now, *worker.executor.wakeTime);
			worker.agent->tick();
			worker.executor.runAll();
		}
		return reply->answered;
	}
};

TEST_F(WaitingTest, ASetMayBeContinuedWithAnotherWorker)
{
	const auto set = first.make(Status::Added);
	EXPECT_EQ(second.prepare(set.id), HResult::Ok);
	EXPECT_EQ(first.commit(set.id), HResult::Ok);
	EXPECT_EQ(second.expose(set.id), HResult::Ok);
	EXPECT_EQ(first.mapping(set.id, set.copy(), "share1").result, HResult::Ok);
	EXPECT_EQ(second.recoveryComplete(set.id), HResult::Ok);
	EXPECT_EQ(first.remove(set.id, set.copy(), "share1"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, SetsOfTwoWorkersDoNotDisturbEachOther)
{
	const auto a = first.make(Status::Recovered, {"share1"});
	const auto b = second.make(Status::Recovered, {"share1"});
	EXPECT_EQ(world.setCount(), 2U);
	EXPECT_EQ(second.remove(a.id, a.copy(), "share1"), HResult::Ok);
	EXPECT_EQ(first.remove(b.id, b.copy(), "share1"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, ACommitOfTheOtherWorkerIsWaitedFor)
{
	const auto set = first.make(Status::CreationInProgress);
	const auto reply = second.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	EXPECT_FALSE(reply->answered);
	EXPECT_EQ(two.executor.waiting(), 0U) << "it is not made twice";
	two.pass(1s);
	EXPECT_FALSE(reply->answered);
	one.executor.runAll();
	ASSERT_TRUE(answeredBy(two, reply));
	EXPECT_EQ(reply->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
}

TEST_F(WaitingTest, AWaitForTheOtherWorkerEndsInItsTime)
{
	const auto set = first.make(Status::CreationInProgress);
	Arguments arguments{set.id};
	arguments.timeoutMs = 700;
	const auto reply = second.send(FSS_COMMIT_SHADOW_COPY_SET, arguments);
	const auto began = world.clock.now;
	ASSERT_TRUE(answeredBy(two, reply));
	EXPECT_EQ(reply->result, HResult::CommitTimeout);
	EXPECT_EQ(world.clock.now - began, 700ms);
}

TEST_F(WaitingTest, AFailedCommitOfTheOtherWorkerIsHeardOf)
{
	const auto set = first.make(Status::CreationInProgress);
	world.provider.fireFailure = Error{HResult::Fail, "snapshot", 5, ""};
	const auto reply = second.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	one.executor.runAll();
	ASSERT_TRUE(answeredBy(two, reply));
	EXPECT_NE(reply->result, HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Added);
}

TEST_F(WaitingTest, ACommitOfAWorkerThatDiesIsUndoneByTheOneThatWaits)
{
	const auto set = first.make(Status::CreationInProgress);
	const auto reply = second.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	one.executor.forget();
	world.everyWorkerDied();
	ASSERT_TRUE(answeredBy(two, reply));
	EXPECT_EQ(reply->result, HResult::InvalidArg);
	two.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, EveryMethodWaitsForTheOthersPrepare)
{
	const auto set = first.make(Status::Added);
	const auto prepared = first.send(FSS_PREPARE_SHADOW_COPY_SET, {set.id});
	Arguments addition{set.id};
	addition.name = uncOf("share2");
	const auto added = second.send(FSS_ADD_TO_SHADOW_COPY_SET, addition);
	const auto again = second.send(FSS_PREPARE_SHADOW_COPY_SET, {set.id});
	two.pass(1s);
	EXPECT_FALSE(added->answered || again->answered);
	one.executor.runAll();
	EXPECT_EQ(prepared->result, HResult::Ok);
	ASSERT_TRUE(answeredBy(two, added));
	ASSERT_TRUE(answeredBy(two, again));
	EXPECT_EQ(added->result, HResult::Ok);
	EXPECT_EQ(again->result, HResult::Ok);
}

TEST_F(WaitingTest, AnAbortWaitsForTheOthersCommitAndEndsIt)
{
	const auto set = first.make(Status::CreationInProgress);
	const auto reply = second.send(FSS_ABORT_SHADOW_COPY_SET, {set.id});
	two.pass(1s);
	EXPECT_FALSE(reply->answered);
	one.executor.runAll();
	ASSERT_TRUE(answeredBy(two, reply));
	EXPECT_EQ(reply->result, HResult::Ok);
	one.pass(1s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, ADeleteWaitsForTheOthersDelete)
{
	const auto set = first.make(Status::Recovered, {"both1", "both2"});
	Arguments a{set.id, set.copy()}, b = a;
	a.name = uncOf("both1");
	b.name = uncOf("both2");
	const auto mine = first.send(FSS_DELETE_SHARE_MAPPING, a);
	const auto theirs = second.send(FSS_DELETE_SHARE_MAPPING, b);
	one.executor.runAll();
	EXPECT_EQ(mine->result, HResult::Ok);
	ASSERT_TRUE(theirs->answered || answeredBy(two, theirs));
	EXPECT_EQ(theirs->result, HResult::Ok);
	two.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, TheOthersTimerIsWatchedToo)
{
	const auto set = first.make(Status::Exposed);
	// Worker one dies idle; two has never heard of the set but looks around.
	one.executor.forget();
	world.everyWorkerDied();
	second.call(FSS_IS_PATH_SHADOW_COPIED, [] {
		Arguments arguments;
		arguments.name = uncOf("share1");
		return arguments;
	}());
	for (int i = 0; i < 100 && two.executor.wakeTime; i++) {
		world.clock.now = *two.executor.wakeTime;
		two.agent->tick();
		two.executor.runAll();
	}
	EXPECT_TRUE(world.isEmpty());
	EXPECT_FALSE(world.set(set.id));
}

TEST_F(WaitingTest, WhoeverStillWaitsAfterACheckIsWokenAgain)
{
	// Two calls of worker two wait for worker one's job. When it ends, the
	// first of them begins a job without a deadline; the second waits on.
	const auto set = first.make(Status::Exposed, {"both1", "both2"}, 0x400009);
	first.send(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, {set.id});
	Arguments a{set.id, set.copy()}, b = a;
	a.name = uncOf("both1");
	b.name = uncOf("both2");
	const auto deleteA = second.send(FSS_DELETE_SHARE_MAPPING, a);
	const auto deleteB = second.send(FSS_DELETE_SHARE_MAPPING, b);
	one.executor.runAll();
	two.pass(50ms);
	EXPECT_TRUE(deleteA->answered || answeredBy(two, deleteA));
	EXPECT_TRUE(deleteB->answered || answeredBy(two, deleteB));
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, AWaitGoesOnWhereTheOtherWorkerIsQuicker)
{
	// Worker two's own job ends and its waiting call looks at the set just
	// when worker one has begun the next job there.
	const auto set = first.make(Status::Recovered, {"share1", "share2", "share3"});
	const auto deletion = [&](size_t at) {
		Arguments arguments{set.id, set.copies[at]};
		arguments.name = uncOf(set.shares[at]);
		return arguments;
	};
	const auto own = second.send(FSS_DELETE_SHARE_MAPPING, deletion(0));
	const auto theirs = first.send(FSS_DELETE_SHARE_MAPPING, deletion(1));
	const auto waiting = second.send(FSS_DELETE_SHARE_MAPPING, deletion(2));
	// One is woken between the record of two's end and two's look.
	bool once = false;
	const auto commits = world.records.commits;
	world.records.fails = [&](FakeStore::Step step, const std::string &) {
		if (step == FakeStore::Step::Begin && !once &&
		    world.records.commits == commits + 1) {
			once = true;
			one.agent->tick();
		}
		return false;
	};
	two.executor.runAll();
	world.records.fails = nullptr;
	EXPECT_TRUE(once);
	EXPECT_TRUE(own->answered);
	EXPECT_FALSE(theirs->answered || waiting->answered);
	one.executor.runAll();
	EXPECT_EQ(theirs->result, HResult::Ok);
	EXPECT_TRUE(answeredBy(two, waiting)) << "worker two is never woken";
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(WaitingTest, AnAgentThatEndsAnswersNobodyAnyMore)
{
	const auto set = first.make(Status::CreationInProgress);
	const auto reply = second.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	two.agent.reset();
	EXPECT_FALSE(reply->answered);
	EXPECT_FALSE(two.executor.wakeTime);
	one.executor.runAll();
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
}

// ------------------------------------------------------------ store failures

// A store failure while a result is recorded must not leave the server busy
// for ever: the client hears an error, and may go on or begin anew.
class UnrecordedEnd : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	void failNextCommitOfTheStore()
	{
		world.records.fails = [this](FakeStore::Step step, const std::string &) {
			if (step != FakeStore::Step::Commit)
				return false;
			world.records.fails = nullptr;
			return true;
		};
	}
};

TEST_F(UnrecordedEnd, OfAPrepareDoesNotBlockTheSet)
{
	const auto set = client.make(Status::Added);
	const auto prepared = client.send(FSS_PREPARE_SHADOW_COPY_SET, {set.id});
	failNextCommitOfTheStore();
	worker.executor.runAll();
	EXPECT_EQ(prepared->result, HResult::Fail);
	const auto committed = client.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	worker.pass(1s);
	EXPECT_TRUE(committed->answered);
}

TEST_F(UnrecordedEnd, OfACommitDoesNotBlockTheServer)
{
	client.make(Status::CreationInProgress);
	failNextCommitOfTheStore();
	worker.executor.runAll();
	for (int i = 0; i < 10; i++)
		worker.pass(180s);
	Client other(worker, "198.51.100.2", 2);
	EXPECT_EQ(other.setContext(), HResult::Ok);
	EXPECT_EQ(other.start().result, HResult::Ok);
	EXPECT_EQ(world.setCount(), 1U);
	EXPECT_THAT(world.provider.snapshots, IsEmpty());
}

TEST_F(UnrecordedEnd, OfOneRemovalDoesNotForgetTheOther)
{
	world.host.options["max concurrent sets"] = "2";
	Client other(worker, "198.51.100.2", 2);
	client.make(Status::Started, {});
	other.make(Status::Exposed, {"share2"});
	// Both timers elapse at once; the end of the first removal is not recorded.
	world.clock.advance(180s);
	const auto commits = world.records.commits;
	world.records.fails = [&](FakeStore::Step step, const std::string &) {
		if (step != FakeStore::Step::Commit || world.records.commits == commits)
			return false;
		world.records.fails = nullptr;
		return true;
	};
	worker.agent->tick();
	worker.executor.runAll();
	EXPECT_THAT(world.provider.snapshots, IsEmpty());
	worker.pass(1s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(UnrecordedEnd, OfATickIsTriedAgain)
{
	client.make(Status::Exposed);
	world.records.fails = [](FakeStore::Step, const std::string &) { return true; };
	world.clock.advance(180s);
	worker.agent->tick();
	ASSERT_TRUE(worker.executor.wakeTime);
	EXPECT_GT(*worker.executor.wakeTime, world.clock.now);
	EXPECT_LE(*worker.executor.wakeTime, world.clock.now + 5s);
	world.records.fails = nullptr;
	worker.pass(5s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(UnrecordedEnd, IsNotTriedWithoutPauseWhileTheDiskIsFull)
{
	client.make(Status::CreationInProgress);
	world.records.fails = [](FakeStore::Step step, const std::string &) {
		return step == FakeStore::Step::Put;
	};
	worker.executor.runAll();
	world.host.lines.clear();
	worker.live(60s);
	EXPECT_GE(world.host.lines.size(), 3U);
	EXPECT_LE(world.host.lines.size(), 20U);
	world.records.fails = nullptr;
	worker.live(30s);
	EXPECT_TRUE(world.isEmpty());
}

} // namespace
} // namespace fss
