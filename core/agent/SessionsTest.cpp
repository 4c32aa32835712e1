// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// Contexts, client exclusivity and the Message Sequence Timer: MS-FSRVP
/// 3.1.4.2, 3.1.4.3, 3.1.2, 3.1.5.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class SessionsTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};
	Client other{worker, "198.51.100.2", 2};
};

// ------------------------------------------------------------------ context

TEST_F(SessionsTest, TakesEveryLegalContext)
{
	for (const uint32_t base : {0x0, 0x10, 0x19, 0x09})
		for (const uint32_t recovery : {0x0, 0x2, 0x400000}) {
			World fresh;
			Worker agent(fresh);
			EXPECT_EQ(Client(agent).setContext(base | recovery), HResult::Ok);
			EXPECT_EQ(fresh.state().sessions.at(0).context.value(), base | recovery);
		}
}

TEST_F(SessionsTest, RefusesAnIllegalContextAndForgetsNothing)
{
	const auto set = client.make(Status::Added);
	for (const uint32_t bad : {0x1U, 0x400002U, 0x20U, 0xFFFFFFFFU})
		EXPECT_EQ(client.setContext(bad), HResult::UnsupportedContext);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(SessionsTest, AnIllegalContextComesBeforeTheOtherClient)
{
	client.make(Status::Added);
	EXPECT_EQ(other.setContext(0x1), HResult::UnsupportedContext);
}

TEST_F(SessionsTest, NoSetStartsWithoutAContext)
{
	EXPECT_EQ(client.start().result, HResult::BadState);
}

TEST_F(SessionsTest, TheServersSetIdIsItsOwn)
{
	client.setContext();
	const auto theirs = SetId::random();
	const auto reply = client.call(FSS_START_SHADOW_COPY_SET, {theirs});
	EXPECT_EQ(reply.result, HResult::Ok);
	EXPECT_NE(reply.answer.set, theirs);
	EXPECT_FALSE(reply.answer.set.isNil());
}

TEST_F(SessionsTest, AContextServesOneSet)
{
	const auto set = client.make(Status::Started);
	EXPECT_EQ(client.start().result, HResult::SetInProgress);
	EXPECT_EQ(client.abort(set.id), HResult::Ok);
	EXPECT_EQ(client.start().result, HResult::BadState);
}

TEST_F(SessionsTest, AfterRecoveryTheNextClientMayBegin)
{
	client.make(Status::Recovered);
	EXPECT_EQ(other.start().result, HResult::BadState);
	other.make(Status::Recovered, {"share2"});
	EXPECT_EQ(world.setCount(), 2U);
}

// -------------------------------------------------------------- exclusivity

TEST_F(SessionsTest, AnotherAddressWaits)
{
	client.setContext();
	EXPECT_EQ(other.setContext(), HResult::SetInProgress);
	client.make(Status::Exposed);
	EXPECT_EQ(other.setContext(), HResult::SetInProgress);
}

TEST_F(SessionsTest, ARefusedClientDoesNoHarm)
{
	const auto set = client.make(Status::Added);
	const auto records = [this] {
		auto stored = world.records.records;
		stored.erase("counters"); // a refusal is counted
		return stored;
	};
	const auto before = records();
	EXPECT_EQ(other.setContext(), HResult::SetInProgress);
	EXPECT_EQ(other.start().result, HResult::SetInProgress);
	EXPECT_EQ(records(), before);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
}

TEST_F(SessionsTest, TheSameAddressBeginsAnewFromAnyConnection)
{
	const auto set = client.make(Status::Exposed);
	Client again(worker, client.caller.address, 7);
	EXPECT_EQ(again.setContext(), HResult::Ok);
	EXPECT_FALSE(world.set(set.id));
	EXPECT_THAT(world.provider.snapshots, IsEmpty());
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(again.start().result, HResult::Ok);
}

TEST_F(SessionsTest, BeginningAnewUndoesASetInEveryState)
{
	for (auto status : {Status::Started, Status::Added, Status::CreationInProgress,
	                    Status::Committed, Status::Exposed}) {
		World fresh;
		Worker agent(fresh);
		Client user(agent);
		user.make(status);
		EXPECT_EQ(user.setContext(), HResult::Ok);
		agent.executor.runAll();
		agent.pass(180s);
		EXPECT_TRUE(fresh.isEmpty()) << name(status);
	}
}

TEST_F(SessionsTest, BeginningAnewFinishesASetThatUsersSeeAsPreviousVersions)
{
	world.host.options["previous versions"] = "yes";
	for (int i = 0; i < 10; i++) {
		const auto set = client.make(Status::Exposed);
		EXPECT_EQ(client.setContext(), HResult::Ok) << "no new beginning that counts";
		ASSERT_TRUE(world.set(set.id));
		EXPECT_EQ(world.set(set.id)->status, Status::Recovered);
		EXPECT_NE(world.provider.find(set.copy()), nullptr);
	}
}

TEST_F(SessionsTest, BeginningAnewUndoesASetThatUsersDoNotSeeYet)
{
	world.host.options["previous versions"] = "yes";
	for (const auto &[status, context] :
	     {std::pair(Status::Committed, 0U), std::pair(Status::Exposed, 0x0040'0000U)}) {
		const auto set = client.make(status, {"share1"}, context);
		EXPECT_EQ(client.setContext(), HResult::Ok);
		EXPECT_FALSE(world.set(set.id)) << name(status);
	}
}

TEST_F(SessionsTest, BeginningAnewLeavesARecoveredSetAlone)
{
	const auto set = client.make(Status::Recovered);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(client.setContext(), HResult::Ok);
	EXPECT_EQ(world.set(set.id)->status, Status::Recovered);
	EXPECT_NE(world.provider.find(set.copy()), nullptr);
}

TEST_F(SessionsTest, TheSixthNewBeginningIsRefused)
{
	EXPECT_EQ(client.setContext(), HResult::Ok);
	for (int retry = 1; retry <= 5; retry++)
		EXPECT_EQ(client.setContext(), HResult::Ok) << retry;
	EXPECT_EQ(client.setContext(), HResult::SetInProgress);
	// The refusal left no context, so that the next begins with no count.
	EXPECT_EQ(other.setContext(), HResult::Ok);
}

TEST_F(SessionsTest, AfterTheRefusalTheCountBeginsAgain)
{
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 6; i++)
			EXPECT_EQ(client.setContext(), HResult::Ok);
		EXPECT_EQ(client.setContext(), HResult::SetInProgress);
	}
}

TEST_F(SessionsTest, AFinishedSetEndsTheCount)
{
	for (int i = 0; i < 4; i++)
		client.setContext();
	client.make(Status::Recovered);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(client.setContext(), HResult::Ok) << i;
	EXPECT_EQ(client.setContext(), HResult::SetInProgress);
}

// ----------------------------------------------------------- concurrent sets

class ConcurrentSets : public SessionsTest {
protected:
	ConcurrentSets() { world.host.options["max concurrent sets"] = "3"; }
	Client sameAddress{worker, "198.51.100.1", 3};
};

TEST_F(ConcurrentSets, DifferentClientsWorkBesideEachOther)
{
	const auto first = client.make(Status::Added, {"share1"});
	const auto second = other.make(Status::Exposed, {"share2"});
	EXPECT_EQ(client.commit(first.id), HResult::Ok);
	EXPECT_EQ(other.recoveryComplete(second.id), HResult::Ok);
	EXPECT_EQ(client.expose(first.id), HResult::Ok);
	EXPECT_EQ(client.recoveryComplete(first.id), HResult::Ok);
	EXPECT_THAT(world.state().sessions, IsEmpty());
	EXPECT_EQ(world.setCount(), 2U);
}

TEST_F(ConcurrentSets, TwoConnectionsOfOneAddressAreTwoClients)
{
	const auto first = client.make(Status::Added, {"share1"});
	const auto second = sameAddress.make(Status::Added, {"share2"});
	EXPECT_NE(first.id, second.id);
	EXPECT_EQ(client.commit(first.id), HResult::Ok);
	EXPECT_EQ(sameAddress.commit(second.id), HResult::Ok);
}

TEST_F(ConcurrentSets, EachHasItsOwnContext)
{
	client.setContext(0x9);
	sameAddress.setContext(0x400000);
	const auto first = client.start(), second = sameAddress.start();
	EXPECT_EQ(world.set(first.answer.set)->context.value(), 0x9U);
	EXPECT_EQ(world.set(second.answer.set)->context.value(), 0x400000U);
}

TEST_F(ConcurrentSets, OneMoreThanTheLimitIsRefused)
{
	client.make(Status::Started, {});
	other.make(Status::Started, {});
	sameAddress.make(Status::Started, {});
	Client fourth(worker, "198.51.100.4", 4);
	EXPECT_EQ(fourth.setContext(), HResult::SetInProgress);
	Client fifth(worker, "198.51.100.1", 5);
	EXPECT_EQ(fifth.setContext(), HResult::SetInProgress);
	EXPECT_EQ(world.state().sessions.size(), 3U);
}

TEST_F(ConcurrentSets, BeginningAnewUndoesTheConnectionsOwnSetOnly)
{
	const auto first = client.make(Status::Committed, {"share1"});
	const auto second = sameAddress.make(Status::Committed, {"share2"});
	EXPECT_EQ(client.setContext(), HResult::Ok);
	EXPECT_FALSE(world.set(first.id));
	EXPECT_TRUE(world.set(second.id));
}

TEST_F(ConcurrentSets, ALostConnectionsClientIsKnownByItsAddress)
{
	const auto lost = client.make(Status::Committed);
	worker.agent->connectionClosed(client.caller.connection);
	EXPECT_FALSE(world.state().sessions.at(0).connected);
	EXPECT_EQ(sameAddress.setContext(), HResult::Ok);
	EXPECT_FALSE(world.set(lost.id));
	EXPECT_EQ(world.state().sessions.size(), 1U);
}

TEST_F(ConcurrentSets, AReconnectedClientMayStartItsSet)
{
	client.setContext(0x9);
	worker.agent->connectionClosed(client.caller.connection);
	EXPECT_EQ(sameAddress.start().result, HResult::Ok);
}

TEST_F(ConcurrentSets, AStrangerMayNotStartItsSet)
{
	client.setContext();
	EXPECT_EQ(other.start().result, HResult::BadState);
}

TEST_F(ConcurrentSets, OneClientsTimerDoesNotEndTheOthersSet)
{
	const auto first = client.make(Status::Committed, {"share1"});
	worker.pass(100s);
	const auto second = other.make(Status::Committed, {"share2"});
	worker.pass(90s);
	EXPECT_FALSE(world.set(first.id));
	EXPECT_TRUE(world.set(second.id));
	EXPECT_EQ(world.provider.snapshots.size(), 1U);
}

// -------------------------------------------------------------------- timer

// The time left on the client's timer.
std::optional<std::chrono::milliseconds> timeLeft(const World &world)
{
	const auto sessions = world.state().sessions;
	if (sessions.empty() || !sessions[0].deadline)
		return std::nullopt;
	return sessions[0].deadline->sinceBoot - world.clock.now;
}

struct TimerRow {
	const char *name;
	Status before;
	fss_method method;
	enum class Outcome { Good, Bad } outcome;
	std::optional<std::chrono::seconds> starts; ///< nothing: left as it runs
};

using Outcome = TimerRow::Outcome;
using std::nullopt;

// MS-FSRVP 3.1.2 and the steps of each method.
const TimerRow timerRows[] = {
        {"GetSupportedVersion", Status::Added, FSS_GET_SUPPORTED_VERSION, Outcome::Good, nullopt},
        {"IsPathSupported", Status::Added, FSS_IS_PATH_SUPPORTED, Outcome::Good, nullopt},
        {"IsPathShadowCopied", Status::Added, FSS_IS_PATH_SHADOW_COPIED, Outcome::Good, nullopt},
        {"SetContext", Status::Added, FSS_SET_CONTEXT, Outcome::Good, 180s},
        {"Add", Status::Started, FSS_ADD_TO_SHADOW_COPY_SET, Outcome::Good, 1800s},
        {"AddOfTheSameShare", Status::Added, FSS_ADD_TO_SHADOW_COPY_SET, Outcome::Bad, 180s},
        {"Prepare", Status::Added, FSS_PREPARE_SHADOW_COPY_SET, Outcome::Good, 1800s},
        {"PrepareThatFails", Status::Added, FSS_PREPARE_SHADOW_COPY_SET, Outcome::Bad, 180s},
        {"Commit", Status::Added, FSS_COMMIT_SHADOW_COPY_SET, Outcome::Good, 180s},
        {"CommitThatFails", Status::Added, FSS_COMMIT_SHADOW_COPY_SET, Outcome::Bad, 180s},
        {"Expose", Status::Committed, FSS_EXPOSE_SHADOW_COPY_SET, Outcome::Good, 180s},
        {"ExposeThatFails", Status::Committed, FSS_EXPOSE_SHADOW_COPY_SET, Outcome::Bad, 180s},
        {"GetShareMapping", Status::Exposed, FSS_GET_SHARE_MAPPING, Outcome::Good, 1800s},
        {"GetShareMappingOfNoShare", Status::Exposed, FSS_GET_SHARE_MAPPING, Outcome::Bad, 1800s},
        {"PrepareInAWrongState", Status::Started, FSS_PREPARE_SHADOW_COPY_SET, Outcome::Bad,
         nullopt},
        {"CommitInAWrongState", Status::Started, FSS_COMMIT_SHADOW_COPY_SET, Outcome::Bad, nullopt},
        {"ExposeInAWrongState", Status::Added, FSS_EXPOSE_SHADOW_COPY_SET, Outcome::Bad, nullopt},
        {"RecoveryInAWrongState", Status::Added, FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET,
         Outcome::Bad, nullopt},
        {"DeleteInAWrongState", Status::Added, FSS_DELETE_SHARE_MAPPING, Outcome::Bad, nullopt},
};

class Timer : public testing::TestWithParam<TimerRow> {
protected:
	World world;
	Worker worker{world};
	Client client{worker};
};

TEST_P(Timer, StartsAsTheProtocolSays)
{
	const auto &row = GetParam();
	const auto set = client.make(row.before);
	const auto running = timeLeft(world);
	ASSERT_TRUE(running);
	world.clock.advance(100s);
	Arguments arguments{set.id, set.copies.empty() ? CopyId::random() : set.copy()};
	arguments.name = uncOf("share1");
	const bool good = row.outcome == Outcome::Good;
	if (!good) {
		const Error error{HResult::Fail, "injected", 0, ""};
		world.provider.beginFailure = world.provider.fireFailure = error;
		world.publisher.failure = error;
		if (row.method == FSS_GET_SHARE_MAPPING)
			arguments.name = uncOf("share2");
	}
	EXPECT_EQ(client.call(row.method, arguments).result == HResult::Ok, good);
	EXPECT_EQ(timeLeft(world), row.starts ? *row.starts : *running - 100s);

	// And that is when it elapses.
	world.publisher.failure.reset();
	const auto left = *timeLeft(world);
	worker.pass(left - 1ms);
	EXPECT_EQ(world.state().sessions.size(), 1U);
	worker.pass(1ms);
	EXPECT_TRUE(world.isEmpty());
	EXPECT_EQ(client.start().result, HResult::BadState);
}

INSTANTIATE_TEST_SUITE_P(Each, Timer, testing::ValuesIn(timerRows),
                         [](const auto &info) { return std::string(info.param.name); });

TEST_F(SessionsTest, StartingASetStartsTheTimer)
{
	client.setContext();
	world.clock.advance(100s);
	client.start();
	EXPECT_EQ(timeLeft(world), 180s);
}

TEST_F(SessionsTest, TheTimerStandsWhileWorkGoesOn)
{
	const auto set = client.make(Status::CreationInProgress);
	EXPECT_EQ(timeLeft(world), nullopt);
	world.clock.advance(10'000s);
	worker.executor.runAll();
	EXPECT_EQ(timeLeft(world), 180s);
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
}

TEST_F(SessionsTest, ARecoveredSetHasNoTimer)
{
	const auto set = client.make(Status::Recovered);
	EXPECT_THAT(world.state().sessions, IsEmpty());
	EXPECT_EQ(client.mapping(set.id, set.copy(), "share1").result, HResult::Ok);
	worker.pass(24h);
	EXPECT_EQ(world.set(set.id)->status, Status::Recovered);
	EXPECT_TRUE(world.publisher.isPublished("share1@{" + set.copy().text() + "}"));
}

TEST_F(SessionsTest, DeletingOneOfTwoMappingsLeavesTheTimerAlone)
{
	const auto set = client.make(Status::Exposed, {"share1", "share2"});
	world.clock.advance(100s);
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
	EXPECT_EQ(timeLeft(world), 80s);
}

TEST_F(SessionsTest, ExpiryUndoesASetWhollyInEveryState)
{
	for (auto status : {Status::Started, Status::Added, Status::Committed, Status::Exposed})
		for (const uint32_t context : {0x0, 0x400019}) {
			World fresh;
			Worker agent(fresh);
			Client user(agent);
			user.make(status, {"share1", "both1", "both2"}, context);
			agent.pass(1800s);
			EXPECT_TRUE(fresh.isEmpty()) << name(status);
			EXPECT_TRUE(fresh.host.logged(FSS_LOG_NOTICE, "timer elapsed"));
		}
}

TEST_F(SessionsTest, ACallAfterTheTimeFindsNothing)
{
	const auto set = client.make(Status::Committed);
	// No tick came; the call itself sees that the time is over.
	world.clock.advance(180s);
	EXPECT_EQ(client.expose(set.id), HResult::InvalidArg);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(SessionsTest, AnotherClientMayBeginAfterTheTime)
{
	client.make(Status::Exposed);
	world.clock.advance(180s);
	EXPECT_EQ(other.setContext(), HResult::Ok);
	EXPECT_EQ(other.start().result, HResult::Ok);
}

TEST_F(SessionsTest, ExpiryDuringACommitUndoesItAfterwards)
{
	const auto set = client.make(Status::Added);
	Arguments arguments{set.id};
	arguments.timeoutMs = 1'000;
	const auto reply = client.send(FSS_COMMIT_SHADOW_COPY_SET, arguments);
	world.clock.advance(1s);
	worker.agent->tick();
	EXPECT_EQ(reply->result, HResult::CommitTimeout);
	world.clock.advance(180s);
	worker.agent->tick();
	EXPECT_EQ(world.setCount(), 1U) << "the work is still going on";
	EXPECT_EQ(other.setContext(), HResult::Ok);
	worker.executor.runAll();
	worker.pass(180s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(SessionsTest, AsksToBeWokenForTheTimer)
{
	client.setContext();
	ASSERT_TRUE(worker.executor.wakeTime);
	EXPECT_LE(*worker.executor.wakeTime, world.clock.now + 180s);
	// Follows the times it asks for, to the end.
	for (int i = 0; i < 100 && !world.state().sessions.empty(); i++) {
		ASSERT_GT(*worker.executor.wakeTime, world.clock.now);
		world.clock.now = *worker.executor.wakeTime;
		worker.agent->tick();
	}
	EXPECT_THAT(world.state().sessions, IsEmpty());
	// An idle worker looks now and then for what others leave.
	EXPECT_EQ(worker.executor.wakeTime, world.clock.now + 10s);
}

TEST_F(SessionsTest, SequenceTimeoutReplacesEveryTimer)
{
	world.host.options["sequence timeout"] = "5";
	const auto set = client.make(Status::Added);
	EXPECT_EQ(timeLeft(world), 5s);
	worker.pass(5s);
	EXPECT_FALSE(world.set(set.id));
}

TEST_F(SessionsTest, SequenceTimeoutZeroSwitchesTheTimerOff)
{
	world.host.options["sequence timeout"] = "0";
	const auto set = client.make(Status::Exposed);
	worker.pass(24h * 30);
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Ok);
}

} // namespace
} // namespace fss
