// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// ExposeShadowCopySet, RecoveryCompleteShadowCopySet: MS-FSRVP 3.1.4.6, 3.1.4.7.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class ExposureTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	static std::string nameOf(const ClientSet &set, size_t share = 0)
	{
		return set.shares[share] + "@{" + set.copies[share].text() + "}";
	}
	HResult exposeIn(const SetId &set, uint32_t timeoutMs)
	{
		Arguments arguments{set};
		arguments.timeoutMs = timeoutMs;
		return client.call(FSS_EXPOSE_SHADOW_COPY_SET, arguments).result;
	}
};

TEST_F(ExposureTest, PublishesEachShareOfTheSet)
{
	const auto set = client.make(Status::Exposed, {"share1", "both1", "both2"});
	EXPECT_EQ(world.publisher.published.size(), 3U);
	for (size_t i = 0; i < 3; i++)
		EXPECT_TRUE(world.publisher.isPublished(nameOf(set, i)));
	EXPECT_EQ(world.publisher.parameter(nameOf(set, 1), "path"),
	          "/vol9/.fss/" + set.copies[1].text() + "/snapshot/one");
	EXPECT_EQ(world.publisher.parameter(nameOf(set, 2), "path"),
	          "/vol9/.fss/" + set.copies[2].text() + "/snapshot/two");
	EXPECT_EQ(world.publisher.published.at(nameOf(set, 1)).base, "both1");
}

TEST_F(ExposureTest, AShareThatHasBecomeAnotherForEachClientIsNotExposed)
{
	const auto set = client.make(Status::Committed, {"share1", "share2"});
	world.host.files[""] = {{"share2", "include", "/nowhere/%m.conf"}};
	EXPECT_EQ(client.expose(set.id), HResult::NotSupported);
	EXPECT_TRUE(world.publisher.published.empty());
	world.host.files[""].clear();
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
}

TEST_F(ExposureTest, AShareWhoseDescriptorCannotBeReadIsNotExposed)
{
	const auto set = client.make(Status::Committed);
	world.host.damagedSecurity = true;
	EXPECT_EQ(client.expose(set.id), HResult::NotSupported);
	EXPECT_TRUE(world.publisher.published.empty());
}

TEST_F(ExposureTest, ExposedShareIsHiddenReadOnlyAndSaysWhatItIs)
{
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "read only"), "yes");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "browseable"), "no");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "comment"),
	          "Shadow copy of share1 taken 2024-01-01 00:16:40 UTC");
}

TEST_F(ExposureTest, HiddenShareWrittenWithABackslashStaysHidden)
{
	world.addShare("hidden$", "/vol5");
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = uncOf("HIDDEN$\\");
	const auto copy = client.call(FSS_ADD_TO_SHADOW_COPY_SET, arguments).answer.copy;
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
	EXPECT_TRUE(world.publisher.isPublished("hidden$@{" + copy.text() + "}$"));
	EXPECT_EQ(client.mapping(set.id, copy, "hidden$").answer.exposedName,
	          "hidden$@{" + copy.text() + "}$");
}

TEST_F(ExposureTest, PublishesAllOrNone)
{
	const auto set = client.make(Status::Committed, {"share1", "share2"});
	world.publisher.definitions.erase("share2");
	EXPECT_EQ(client.expose(set.id), HResult::ObjectNotFound);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
	EXPECT_FALSE(world.set(set.id)->copies[0].mappings[0].exposed);
	world.publisher.definitions["share2"] = {};
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
}

TEST_F(ExposureTest, AFailedPublicationMayBeRepeated)
{
	const auto set = client.make(Status::Committed);
	world.publisher.failure = Error{HResult::Fail, "registry", 28, ""};
	EXPECT_EQ(client.expose(set.id), HResult::Fail);
	world.publisher.failure.reset();
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
}

TEST_F(ExposureTest, NoTimeAtAllIsATimeout)
{
	const auto set = client.make(Status::Committed);
	EXPECT_EQ(exposeIn(set.id, 0), HResult::WaitTimeout);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
	EXPECT_EQ(exposeIn(set.id, 1), HResult::Ok);
}

TEST_F(ExposureTest, SlowPublicationIsTakenBack)
{
	const auto set = client.make(Status::Committed);
	world.publisher.whilePublishing = [this] { world.clock.advance(500ms); };
	EXPECT_EQ(exposeIn(set.id, 500), HResult::WaitTimeout);
	EXPECT_THAT(world.publisher.published, IsEmpty());
	EXPECT_EQ(exposeIn(set.id, 501), HResult::Ok);
}

TEST_F(ExposureTest, AStoreThatFailsAfterPublishingLeavesNothingBehindInTheEnd)
{
	const auto set = client.make(Status::Committed);
	world.records.fails = [](FakeStore::Step step, const std::string &) {
		return step == FakeStore::Step::Commit;
	};
	EXPECT_EQ(client.expose(set.id), HResult::Fail);
	world.records.fails = nullptr;
	EXPECT_EQ(world.set(set.id)->status, Status::Committed);
	worker.pass(180s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(ExposureTest, HomeDirectoriesHaveTheDefinitionOfHomes)
{
	world.host.shares.push_back({"alice", "/home/alice", true, "fss"});
	world.publisher.definitions["homes"] = {{"valid users", "%S"}, {"path", "/home/%S"}};
	const auto set = client.make(Status::Exposed, {"alice"});
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "valid users"), "alice");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "path"),
	          "/home/.fss/" + set.copy().text() + "/snapshot/alice");
}

TEST_F(ExposureTest, CopiedDefinitionsAreResolved)
{
	auto &definitions = world.publisher.definitions;
	definitions["share1"] = {{"Copy", "template"}, {"valid users", "@own"}};
	definitions["template"] = {
	        {"validusers", "@template"}, {"veto files", "/x/"}, {"copy", "deeper"}};
	definitions["deeper"] = {{"hosts allow", "192.0.2."}, {"preexec", "/evil"}};
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "valid users"), "@own");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "veto files"), "/x/");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "hosts allow"), "192.0.2.");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "preexec"), "");
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "copy"), "");
}

TEST_F(ExposureTest, DefinitionsThatCopyEachOtherEnd)
{
	world.publisher.definitions["share1"] = {{"copy", "share2"}};
	world.publisher.definitions["share2"] = {{"copy", "share1"}, {"veto files", "/x/"}};
	const auto set = client.make(Status::Exposed);
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "veto files"), "/x/");
}

// ------------------------------------------------------------------ recovery

TEST_F(ExposureTest, AutoRecoverySetIsWritableUntilRecoveryIsComplete)
{
	for (const uint32_t context : {0x400000, 0x400010, 0x400019, 0x400009}) {
		World fresh;
		Worker agent(fresh);
		Client user(agent);
		const auto set = user.make(Status::Exposed, {"share1"}, context);
		EXPECT_EQ(fresh.publisher.parameter(nameOf(set), "read only"), "no");
		EXPECT_TRUE(fresh.provider.find(set.copy())->writable);
		EXPECT_EQ(user.recoveryComplete(set.id), HResult::Ok);
		EXPECT_EQ(fresh.publisher.parameter(nameOf(set), "read only"), "yes");
		EXPECT_FALSE(fresh.provider.find(set.copy())->writable);
		EXPECT_EQ(fresh.set(set.id)->status, Status::Recovered);
	}
}

TEST_F(ExposureTest, OtherSetsAreReadOnlyFromBirth)
{
	for (const uint32_t context : {0x0, 0x2, 0x9, 0xB, 0x10, 0x19}) {
		World fresh;
		Worker agent(fresh);
		const auto set = Client(agent).make(Status::Exposed, {"share1"}, context);
		EXPECT_EQ(fresh.publisher.parameter(nameOf(set), "read only"), "yes");
		EXPECT_FALSE(fresh.provider.find(set.copy())->writable);
	}
}

TEST_F(ExposureTest, TheShareIsClosedBeforeTheSnapshotIsSealed)
{
	const auto set = client.make(Status::Exposed, {"share1"}, 0x400000);
	const auto reply = client.send(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, {set.id});
	EXPECT_FALSE(reply->answered);
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "read only"), "yes");
	EXPECT_TRUE(world.provider.find(set.copy())->writable);
	EXPECT_EQ(world.set(set.id)->status, Status::Exposed);
	worker.executor.runAll();
	EXPECT_EQ(reply->result, HResult::Ok);
	EXPECT_FALSE(world.provider.find(set.copy())->writable);
}

TEST_F(ExposureTest, AFailedSealLeavesTheSetExposed)
{
	const auto set = client.make(Status::Exposed, {"share1"}, 0x400000);
	world.provider.sealFailure = Error{HResult::Fail, "seal", 5, ""};
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Fail);
	EXPECT_EQ(world.set(set.id)->status, Status::Exposed);
	world.provider.sealFailure.reset();
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Ok);
}

TEST_F(ExposureTest, AFailedSealDoesNotStopTheTimerForEver)
{
	const auto set = client.make(Status::Exposed, {"share1"}, 0x400000);
	world.provider.sealFailure = Error{HResult::Fail, "seal", 5, ""};
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Fail);
	worker.pass(180s);
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(ExposureTest, AShareThatCannotBeClosedIsNotRecovered)
{
	const auto set = client.make(Status::Exposed, {"share1"}, 0x400000);
	world.publisher.failure = Error{HResult::Fail, "registry", 5, ""};
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Fail);
	EXPECT_EQ(world.set(set.id)->status, Status::Exposed);
	EXPECT_FALSE(world.set(set.id)->job);
}

TEST_F(ExposureTest, AnAbandonedRecoveryIsCarriedOut)
{
	const auto set = client.make(Status::Exposed, {"share1"}, 0x400000);
	const auto reply = client.send(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, {set.id});
	reply->call->abandon();
	worker.executor.runAll();
	EXPECT_EQ(world.set(set.id)->status, Status::Recovered);
}

// Its file system may not be able to end what is open for writing.
TEST_F(ExposureTest, RecoveryCompleteDisconnectsFromSnapshotsThatModulesHaveMade)
{
	constexpr uint32_t autoRecovery = 0x00400000;
	world.host.shares[0].vfsObjects = "btrfs";
	const auto set = client.make(Status::Exposed, {"share1", "share2"}, autoRecovery);
	EXPECT_EQ(world.set(set.id)->copies[0].volume.share, "share1");
	EXPECT_EQ(client.recoveryComplete(set.id), HResult::Ok);
	EXPECT_THAT(world.publisher.disconnected, testing::ElementsAre(nameOf(set, 0)));
	for (const size_t share : {0, 1})
		EXPECT_EQ(world.publisher.parameter(nameOf(set, share), "read only"), "yes");
}

} // namespace
} // namespace fss
