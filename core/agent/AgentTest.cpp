// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include "testing/World.h"

#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AgentTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};
};

TEST_F(AgentTest, KnowsVersionOneOnly)
{
	const auto reply = client.call(FSS_GET_SUPPORTED_VERSION);
	EXPECT_EQ(reply.result, HResult::Ok);
	EXPECT_EQ(reply.answer.minVersion, 1U);
	EXPECT_EQ(reply.answer.maxVersion, 1U);
}

TEST_F(AgentTest, MakesShowsAndDeletesAShadowCopySet)
{
	ASSERT_EQ(client.setContext(0x00400009), HResult::Ok);
	const auto started = client.start();
	ASSERT_EQ(started.result, HResult::Ok);
	const auto set = started.answer.set;
	EXPECT_FALSE(set.isNil());
	const auto first = client.add(set, "share1");
	const auto second = client.add(set, "share2");
	ASSERT_EQ(first.result, HResult::Ok);
	ASSERT_EQ(second.result, HResult::Ok);
	EXPECT_NE(first.answer.copy, second.answer.copy);
	EXPECT_EQ(client.prepare(set), HResult::Ok);
	EXPECT_THAT(world.provider.snapshots, IsEmpty());
	EXPECT_EQ(client.commit(set), HResult::Ok);
	EXPECT_EQ(world.provider.snapshots.size(), 2U);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(client.expose(set), HResult::Ok);
	EXPECT_EQ(world.publisher.published.size(), 2U);

	const auto mapping = client.mapping(set, first.answer.copy, "share1");
	ASSERT_EQ(mapping.result, HResult::Ok);
	const auto name = "share1@{" + first.answer.copy.text() + "}";
	EXPECT_EQ(mapping.answer.exposedName, name);
	EXPECT_EQ(mapping.answer.shareNameUnc, "\\\\SERVER\\share1");
	EXPECT_TRUE(world.publisher.isPublished(name));
	EXPECT_TRUE(world.provider.find(first.answer.copy)->writable);

	EXPECT_EQ(client.recoveryComplete(set), HResult::Ok);
	EXPECT_FALSE(world.provider.find(first.answer.copy)->writable);
	EXPECT_EQ(client.remove(set, first.answer.copy, "share1"), HResult::Ok);
	EXPECT_EQ(client.remove(set, second.answer.copy, "share2"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AgentTest, AnswersOnlyWhatIsOnDisk)
{
	const auto set = client.make(Status::Recovered);
	worker.kill();
	Worker next(world);
	Client reader(next, "198.51.100.9", 9);
	next.executor.runAll();
	EXPECT_EQ(reader.mapping(set.id, set.copy(), "share1").result, HResult::Ok);
	EXPECT_EQ(reader.remove(set.id, set.copy(), "share1"), HResult::Ok);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(AgentTest, AZeroSetIdIsAnInvalidArgument)
{
	for (auto method :
	     {FSS_START_SHADOW_COPY_SET, FSS_ADD_TO_SHADOW_COPY_SET, FSS_PREPARE_SHADOW_COPY_SET,
	      FSS_COMMIT_SHADOW_COPY_SET, FSS_EXPOSE_SHADOW_COPY_SET,
	      FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, FSS_ABORT_SHADOW_COPY_SET,
	      FSS_GET_SHARE_MAPPING, FSS_DELETE_SHARE_MAPPING}) {
		Arguments arguments;
		arguments.copy = CopyId::random();
		arguments.name = uncOf("share1");
		world.host.options["error codes"] = "current";
		EXPECT_EQ(client.call(method, arguments).result, HResult::InvalidArg)
		        << name(method);
	}
}

TEST_F(AgentTest, AZeroCopyIdIsAnInvalidArgument)
{
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(client.mapping(set.id, CopyId(), "share1").result, HResult::InvalidArg);
	world.host.options["error codes"] = "current";
	EXPECT_EQ(client.remove(set.id, CopyId(), "share1"), HResult::InvalidArg);
}

TEST_F(AgentTest, TheClientsOwnCopyIdDoesNotMatter)
{
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = uncOf("share1");
	EXPECT_EQ(client.call(FSS_ADD_TO_SHADOW_COPY_SET, arguments).result, HResult::Ok);
}

TEST_F(AgentTest, AnUnknownMethodIsAnInvalidArgument)
{
	EXPECT_EQ(client.call(static_cast<fss_method>(13), {SetId::random()}).result,
	          HResult::InvalidArg);
	EXPECT_EQ(client.call(static_cast<fss_method>(15), {SetId::random()}).result,
	          HResult::InvalidArg);
}

TEST_F(AgentTest, AMissingNameIsAnInvalidArgument)
{
	const auto set = client.make(Status::Exposed);
	for (auto method :
	     {FSS_ADD_TO_SHADOW_COPY_SET, FSS_IS_PATH_SUPPORTED, FSS_IS_PATH_SHADOW_COPIED,
	      FSS_GET_SHARE_MAPPING, FSS_DELETE_SHARE_MAPPING})
		EXPECT_EQ(client.call(method, {set.id, set.copy()}).result, HResult::InvalidArg)
		        << name(method);
}

TEST_F(AgentTest, AMissingNameOfSomeLengthIsAnInvalidArgument)
{
	const auto set = client.make(Status::Exposed);
	for (auto method :
	     {FSS_ADD_TO_SHADOW_COPY_SET, FSS_IS_PATH_SUPPORTED, FSS_IS_PATH_SHADOW_COPIED,
	      FSS_GET_SHARE_MAPPING, FSS_DELETE_SHARE_MAPPING}) {
		fss_request request{};
		request.method = method;
		request.set_id = set.id.guid().wire();
		request.copy_id = set.copy().guid().wire();
		request.level = 1;
		request.name_units = 12;
		HResult result = HResult::Ok;
		worker.agent->call(std::make_shared<Call>(
		                           method, client.caller,
		                           [&](HResult code, const Answer &) { result = code; }),
		                   request);
		EXPECT_EQ(result, HResult::InvalidArg) << name(method);
	}
}

// ---------------------------------------------------------- authorisation

class Refused : public testing::TestWithParam<fss_method> {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	// Every argument, right and wrong, gets the same answer.
	void expectRefusal()
	{
		const auto before = world.records.records;
		const auto commits = world.records.commits;
		Arguments good{SetId::random(), CopyId::random()};
		good.name = uncOf("share1");
		Arguments hostile = good;
		hostile.name = u"\\\\attacker\\NETLOGON";
		Arguments illegal = good;
		illegal.context = 0xFFFFFFFF;
		illegal.level = 7;
		Arguments nothing;
		size_t refusals = 0;
		for (const auto &arguments : {good, hostile, illegal, nothing}) {
			world.host.audits.clear();
			EXPECT_EQ(client.call(GetParam(), arguments).result, HResult::AccessDenied);
			ASSERT_EQ(world.host.audits.size(), 1U);
			EXPECT_THAT(world.host.audits[0], HasSubstr("E_ACCESSDENIED"));
			refusals++;
		}
		EXPECT_EQ(refusals, 4U);
		EXPECT_EQ(world.records.records, before);
		EXPECT_EQ(world.records.commits, commits) << "the store was asked";
		EXPECT_EQ(world.host.lookups, 0U) << "a share was looked up";
		EXPECT_EQ(world.provider.inspected, 0U) << "a path was looked at";
	}
};

TEST_P(Refused, WithoutPermission)
{
	client.caller.permitted = false;
	expectRefusal();
}

TEST_P(Refused, WithoutIntegrity)
{
	client.caller.protection = FSS_PROTECTION_NONE;
	expectRefusal();
}

TEST_P(Refused, WithoutPrivacyWhereItIsRequired)
{
	world.host.options["require privacy"] = "yes";
	expectRefusal();
}

TEST_P(Refused, NotWithPrivacyWhereItIsRequired)
{
	world.host.options["require privacy"] = "yes";
	client.caller.protection = FSS_PROTECTION_PRIVACY;
	Arguments arguments{SetId::random(), CopyId::random()};
	arguments.name = uncOf("share1");
	EXPECT_NE(client.call(GetParam(), arguments).result, HResult::AccessDenied);
}

std::string methodName(const testing::TestParamInfo<fss_method> &info)
{
	return std::string(name(info.param));
}

INSTANTIATE_TEST_SUITE_P(EveryMethod, Refused,
                         testing::Values(FSS_GET_SUPPORTED_VERSION, FSS_SET_CONTEXT,
                                         FSS_START_SHADOW_COPY_SET, FSS_ADD_TO_SHADOW_COPY_SET,
                                         FSS_COMMIT_SHADOW_COPY_SET, FSS_EXPOSE_SHADOW_COPY_SET,
                                         FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET,
                                         FSS_ABORT_SHADOW_COPY_SET, FSS_IS_PATH_SUPPORTED,
                                         FSS_IS_PATH_SHADOW_COPIED, FSS_GET_SHARE_MAPPING,
                                         FSS_DELETE_SHARE_MAPPING, FSS_PREPARE_SHADOW_COPY_SET),
                         methodName);

// ------------------------------------------------------------------- audit

TEST_F(AgentTest, AuditsEachOperationOnce)
{
	const auto set = client.make(Status::Recovered);
	EXPECT_EQ(client.remove(set.id, set.copy(), "share1"), HResult::Ok);
	EXPECT_THAT(world.host.audits, ElementsAre(HasSubstr("op=StartShadowCopySet "),
	                                           HasSubstr("op=AddToShadowCopySet "),
	                                           HasSubstr("op=PrepareShadowCopySet "),
	                                           HasSubstr("op=CommitShadowCopySet "),
	                                           HasSubstr("op=ExposeShadowCopySet "),
	                                           HasSubstr("op=RecoveryCompleteShadowCopySet "),
	                                           HasSubstr("op=DeleteShareMapping ")));
	for (const auto &line : world.host.audits) {
		EXPECT_THAT(line, HasSubstr(" account=\"DOMAIN\\backup\" "));
		EXPECT_THAT(line, HasSubstr(" client=\"198.51.100.1\" "));
		EXPECT_THAT(line, HasSubstr(" result=0x00000000 "));
		EXPECT_THAT(line, HasSubstr(" set=" + set.id.text()));
	}
}

TEST_F(AgentTest, AuditsEachFailedOperationOnce)
{
	const auto unknown = SetId::random();
	client.commit(unknown);
	client.expose(unknown);
	client.recoveryComplete(unknown);
	client.abort(unknown);
	client.remove(unknown, CopyId::random(), "share1");
	ASSERT_EQ(world.host.audits.size(), 5U);
	for (const auto &line : world.host.audits)
		EXPECT_THAT(line, HasSubstr(unknown.text()));
}

TEST_F(AgentTest, AuditsAnAutoRecoverySetAndAnAbortOnceEach)
{
	client.make(Status::Recovered, {"share1"}, 0x00400000);
	EXPECT_EQ(world.host.audits.size(), 6U);
	const auto set = client.make(Status::Started, {"share2"});
	world.host.audits.clear();
	EXPECT_EQ(client.abort(set.id), HResult::Ok);
	EXPECT_THAT(world.host.audits, ElementsAre(HasSubstr("AbortShadowCopySet")));
}

TEST_F(AgentTest, AuditsAFailedCommitOnceForEachClientThatWaits)
{
	const auto set = client.make(Status::Added);
	world.host.audits.clear();
	world.provider.fireFailure = Error{HResult::Fail, "snapshot", 28, ""};
	const auto first = client.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	const auto second = client.send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
	worker.executor.runAll();
	EXPECT_EQ(first->result, HResult::Fail);
	EXPECT_EQ(second->result, HResult::Fail);
	EXPECT_EQ(world.host.audits.size(), 2U);
}

TEST_F(AgentTest, NobodyCanForgeAFieldOfTheAuditTrail)
{
	client.caller.account = "DOMAIN\\eve\" result=0x00000000 detail=\"";
	client.abort(SetId::random());
	ASSERT_EQ(world.host.audits.size(), 1U);
	EXPECT_THAT(world.host.audits[0],
	            HasSubstr("account=\"DOMAIN\\eve' result=0x00000000 detail='\" client="));
}

TEST_F(AgentTest, TellsWhatWouldLetARefusedClientIn)
{
	client.caller.permitted = false;
	client.setContext();
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "DOMAIN\\backup at 198.51.100.1 may not use"));
	EXPECT_TRUE(world.host.logged(
	        FSS_LOG_ERROR, "net sam addmem 'BUILTIN\\Backup Operators' 'DOMAIN\\backup'"));
	client.caller.permitted = true;
	client.caller.protection = FSS_PROTECTION_NONE;
	client.setContext();
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "packet integrity"));
}

TEST_F(AgentTest, NobodyCanForgeALogLine)
{
	client.caller.account = "DOMAIN\\eve\nfss: all is well";
	client.caller.address = "198.51.100.1\x1b[2J";
	client.caller.permitted = false;
	client.setContext();
	client.caller.permitted = true;
	client.abort(SetId::random());
	ASSERT_EQ(world.host.audits.size(), 2U);
	for (const auto &line : world.host.audits) {
		EXPECT_EQ(line.find('\n'), line.npos);
		EXPECT_EQ(line.find('\x1b'), line.npos);
	}
}

TEST_F(AgentTest, TellsWhatAnAdministratorCanMendAtEveryLogLevel)
{
	world.provider.unsupported.insert("/vol1");
	Arguments arguments;
	arguments.name = uncOf("share1");
	EXPECT_EQ(client.call(FSS_IS_PATH_SUPPORTED, arguments).result, HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "share share1"));
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "move the share"));
}

// ------------------------------------------------------------ store faults

TEST_F(AgentTest, AStoreThatCannotBeginFailsTheCall)
{
	world.records.fails = [](FakeStore::Step step, const std::string &) {
		return step == FakeStore::Step::Begin;
	};
	EXPECT_EQ(client.setContext(), HResult::Fail);
	world.records.fails = nullptr;
	EXPECT_EQ(client.setContext(), HResult::Ok);
}

TEST_F(AgentTest, LeavesNoWorkerEntryBehind)
{
	EXPECT_EQ(world.state().workers.size(), 1U);
	worker.agent.reset();
	EXPECT_THAT(world.state().workers, IsEmpty());
}

} // namespace
} // namespace fss
