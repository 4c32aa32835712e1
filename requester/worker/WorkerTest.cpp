// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/worker/Worker.h"
#include "requester/protocol/UnfinishedSet.h"
#include "testing/TempDirectory.h"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fss::requester {

namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// A server that writes down what it is asked, and makes sets of one id.
struct WorkerTest : testing::Test {
	Dial dial(std::chrono::milliseconds commitTakes = 0ms) const
	{
		return [this, commitTakes]() -> Result<CallFunction> {
			return CallFunction([this,
			                     commitTakes](const Request &request) -> Result<Reply> {
				if (request.method == FSS_COMMIT_SHADOW_COPY_SET)
					std::this_thread::sleep_for(commitTakes);
				std::ofstream(log, std::ios::app)
				        << name(request.method) << " " << request.share << "\n";
				return Reply{.id = id};
			});
		};
	}

	std::unique_ptr<AgentConnection> connect(const Dial &dial) const
	{
		return std::move(*startWorker("fs1", dial, Child::Output::Nowhere, in(10s), never));
	}

	Result<Reply> call(AgentConnection &connection, Method method,
	                   std::chrono::milliseconds budget = 10s) const
	{
		connection.send({.method = method, .share = "\\\\fs1\\ä\\"});
		return connection.receive(in(budget), never);
	}

	std::string logged() const
	{
		std::ifstream file(log);
		return {std::istreambuf_iterator<char>(file), {}};
	}

	bool soonAborted() const
	{
		for (int i = 0; i < 500; i++) {
			if (logged().find("AbortShadowCopySet") != std::string::npos)
				return true;
			std::this_thread::sleep_for(20ms);
		}
		return false;
	}

	TempDirectory directory;
	std::string log = directory.path("log");
	Guid id = Guid::random();
	NeverCancelled never;
};

} // namespace

TEST_F(WorkerTest, PassesCallsAndRepliesOn)
{
	auto connection = connect(dial());
	const auto reply = call(*connection, FSS_START_SHADOW_COPY_SET);
	ASSERT_TRUE(reply) << reply.error().text();
	EXPECT_EQ(reply->id, id);
	EXPECT_EQ(logged(), "StartShadowCopySet \\\\fs1\\ä\\\n");
}

TEST_F(WorkerTest, SaysWhyThereIsNoConnection)
{
	const auto refuse = []() -> Result<CallFunction> {
		return failed({.kind = FailureKind::Denied,
		               .server = "fs1",
		               .step = "connect",
		               .reason = "who are you?"});
	};
	const auto connection = startWorker("fs1", refuse, Child::Output::Nowhere, in(10s), never);
	ASSERT_FALSE(connection);
	EXPECT_EQ(connection.error().kind, FailureKind::Denied);
	EXPECT_THAT(connection.error().text(), HasSubstr("who are you?"));
}

TEST_F(WorkerTest, GivesUpAConnectThatHangs)
{
	const auto hang = []() -> Result<CallFunction> {
		std::this_thread::sleep_for(1h);
		return CallFunction();
	};
	const auto connection = startWorker("fs1", hang, Child::Output::Nowhere, in(200ms), never);
	ASSERT_FALSE(connection);
	EXPECT_EQ(connection.error().kind, FailureKind::TimedOut);
}

TEST_F(WorkerTest, TakesAnUnfinishedSetBackWhenItsRequesterIsKilled)
{
	const pid_t requester = fork();
	if (requester == 0) {
		auto connection = connect(dial());
		(void)call(*connection, FSS_START_SHADOW_COPY_SET);
		raise(SIGKILL);
	}
	ASSERT_EQ(waitpid(requester, nullptr, 0), requester);
	EXPECT_TRUE(soonAborted());
}

TEST_F(WorkerTest, TakesASetBackAfterACallThatNobodyWaitedFor)
{
	auto connection = connect(dial(1s));
	ASSERT_TRUE(call(*connection, FSS_START_SHADOW_COPY_SET));
	const auto committed = call(*connection, FSS_COMMIT_SHADOW_COPY_SET, 100ms);
	ASSERT_FALSE(committed);
	EXPECT_EQ(committed.error().kind, FailureKind::TimedOut);
	EXPECT_FALSE(connection->usable());
	connection.reset();
	EXPECT_TRUE(soonAborted());
}

TEST_F(WorkerTest, LeavesASetThatIsToStay)
{
	auto connection = connect(dial());
	ASSERT_TRUE(call(*connection, FSS_START_SHADOW_COPY_SET));
	connection->release();
	connection.reset();
	EXPECT_EQ(logged().find("Abort"), std::string::npos);
}

// As long as any process has the other end of a worker's channel, the worker
// does not see its requester die.
TEST_F(WorkerTest, SeesItsRequesterDieAlsoWhenThereAreOtherWorkers)
{
	const pid_t requester = fork();
	if (requester == 0) {
		auto first = connect(dial());
		(void)call(*first, FSS_START_SHADOW_COPY_SET);
		auto second = connect(dial(1h));
		second->send({.method = FSS_COMMIT_SHADOW_COPY_SET});
		raise(SIGKILL);
	}
	ASSERT_EQ(waitpid(requester, nullptr, 0), requester);
	EXPECT_TRUE(soonAborted());
}

} // namespace fss::requester
