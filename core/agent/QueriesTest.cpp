// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <gmock/gmock.h>

/// IsPathSupported, IsPathShadowCopied, GetShareMapping: MS-FSRVP 3.1.4.9 to
/// 3.1.4.11.
namespace fss {
namespace {

class QueriesTest : public testing::Test {
protected:
	World world;
	Worker worker{world};
	Client client{worker};

	Reply ask(fss_method method, const std::u16string &name)
	{
		Arguments arguments;
		arguments.name = name;
		return client.call(method, arguments);
	}
	HResult supported(const std::u16string &name)
	{
		return ask(FSS_IS_PATH_SUPPORTED, name).result;
	}
	bool shadowCopied(const std::string &share)
	{
		const auto reply = ask(FSS_IS_PATH_SHADOW_COPIED, uncOf(share));
		EXPECT_EQ(reply.result, HResult::Ok);
		EXPECT_EQ(reply.answer.compatibility, 0);
		return reply.answer.present;
	}
};

TEST_F(QueriesTest, ASupportedPathHasAnOwner)
{
	const auto reply = ask(FSS_IS_PATH_SUPPORTED, uncOf("share1"));
	EXPECT_EQ(reply.result, HResult::Ok);
	EXPECT_TRUE(reply.answer.supported);
	EXPECT_EQ(reply.answer.owner, "SERVER");
}

TEST_F(QueriesTest, TheOwnerIsANameTheClientCanReach)
{
	const auto ownerFor = [&](const std::u16string &name) {
		return ask(FSS_IS_PATH_SUPPORTED, name).answer.owner;
	};
	EXPECT_EQ(ownerFor(u"\\\\server.example.com\\share1"), "server.example.com");
	EXPECT_EQ(ownerFor(u"\\\\192.0.2.1\\share1"), "192.0.2.1");
	world.host.options["server names"] = "cluster cluster.example.com";
	EXPECT_EQ(ownerFor(u"\\\\cluster\\share1"), "SERVER");
	EXPECT_EQ(ownerFor(u"\\\\cluster.example.com\\share1"), "SERVER");
	world.host.options["owner name"] = "node1.example.com";
	EXPECT_EQ(ownerFor(u"\\\\192.0.2.1\\share1"), "node1.example.com");
}

TEST_F(QueriesTest, AnUnknownShareIsNotFound)
{
	EXPECT_EQ(supported(uncOf("nobody")), HResult::ObjectNotFound);
	world.host.shares[0].available = false;
	EXPECT_EQ(supported(uncOf("share1")), HResult::ObjectNotFound);
}

TEST_F(QueriesTest, AForeignHostIsAnInvalidArgumentAndNothingIsLookedUp)
{
	EXPECT_EQ(supported(u"\\\\attacker\\NETLOGON"), HResult::InvalidArg);
	EXPECT_EQ(ask(FSS_IS_PATH_SHADOW_COPIED, u"\\\\attacker\\share1").result,
	          HResult::InvalidArg);
	EXPECT_EQ(world.host.lookups, 0U);
	EXPECT_EQ(world.provider.inspected, 0U);
}

TEST_F(QueriesTest, OtherModulesOfAShareMayMakeItsSnapshotsAndAreNotWaitedFor)
{
	world.host.shares[0].vfsObjects = "btrfs";
	for (const auto method : {FSS_IS_PATH_SUPPORTED, FSS_IS_PATH_SHADOW_COPIED}) {
		Arguments arguments;
		arguments.name = uncOf("share1");
		const auto reply = client.send(method, arguments);
		EXPECT_FALSE(reply->answered);
		EXPECT_EQ(supported(uncOf("share2")), HResult::Ok);
		worker.executor.runAll();
		ASSERT_TRUE(reply->answered);
		EXPECT_EQ(reply->result, HResult::Ok);
		EXPECT_EQ(reply->answer.supported, method == FSS_IS_PATH_SUPPORTED);
	}
}

TEST_F(QueriesTest, WhyOtherModulesCannotIsSaidInTheLog)
{
	world.host.shares[0].vfsObjects = "btrfs";
	world.provider.unsupported.insert("/vol1");
	EXPECT_EQ(supported(uncOf("share1")), HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "share share1: '/vol1'"));
}

TEST_F(QueriesTest, AShareWithTheModuleIsNotAskedForOthers)
{
	world.host.shares[0].vfsObjects = "fss btrfs";
	Arguments arguments;
	arguments.name = uncOf("share1");
	EXPECT_TRUE(client.send(FSS_IS_PATH_SUPPORTED, arguments)->answered);
	world.host.shareOptions[{"share1", "provider"}] = "vfs";
	EXPECT_FALSE(client.send(FSS_IS_PATH_SUPPORTED, arguments)->answered)
	        << "unless it says so";
	worker.executor.runAll();
}

TEST_F(QueriesTest, WhatAShareLacksIsSaidInTheLog)
{
	world.host.shares[0].vfsObjects = "";
	EXPECT_EQ(supported(uncOf("share1")), HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "add fss to vfs objects of [share1]"));
	world.host.hasRegistryShares = false;
	EXPECT_EQ(supported(uncOf("share2")), HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "registry shares = yes"));
	world.host.hasRegistryShares = true;
	world.host.shares[1].vfsObjects = "fss acl_tdb";
	EXPECT_EQ(supported(uncOf("share2")), HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "take acl_tdb out of its vfs objects"));
	world.host.shares[1].vfsObjects = "fss";
	world.provider.unsupported.insert("/vol2");
	EXPECT_EQ(supported(uncOf("share2")), HResult::NotSupported);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "share share2: '/vol2' is not on btrfs"));
}

TEST_F(QueriesTest, QueriesChangeNothing)
{
	client.make(Status::Exposed);
	const auto before = world.records.records;
	ask(FSS_IS_PATH_SUPPORTED, uncOf("share1"));
	ask(FSS_IS_PATH_SHADOW_COPIED, uncOf("share1"));
	ask(FSS_IS_PATH_SUPPORTED, uncOf("nobody"));
	EXPECT_EQ(world.records.records, before);
}

// ------------------------------------------------------- IsPathShadowCopied

TEST_F(QueriesTest, APathIsShadowCopiedFromCommitToDelete)
{
	EXPECT_FALSE(shadowCopied("share1"));
	const auto set = client.make(Status::Added);
	EXPECT_FALSE(shadowCopied("share1"));
	client.commit(set.id);
	EXPECT_TRUE(shadowCopied("share1"));
	client.expose(set.id);
	EXPECT_TRUE(shadowCopied("share1"));
	client.recoveryComplete(set.id);
	EXPECT_TRUE(shadowCopied("share1"));
	EXPECT_FALSE(shadowCopied("share2"));
	client.remove(set.id, set.copy(), "share1");
	EXPECT_FALSE(shadowCopied("share1"));
}

TEST_F(QueriesTest, ShadowCopiedIsAboutTheVolumeNotTheShare)
{
	client.make(Status::Committed, {"both1"});
	EXPECT_TRUE(shadowCopied("both2"));
}

TEST_F(QueriesTest, AnAbortedSetsPathIsNotShadowCopied)
{
	const auto set = client.make(Status::Committed);
	client.abort(set.id);
	EXPECT_FALSE(shadowCopied("share1"));
}

TEST_F(QueriesTest, WhatCannotHaveAShadowCopyHasNone)
{
	world.provider.unsupported.insert("/vol1");
	EXPECT_FALSE(shadowCopied("share1"));
	EXPECT_TRUE(world.host.logged(FSS_LOG_NOTICE, "no shadow copy is known")) << "why";
}

// ---------------------------------------------------------- GetShareMapping

TEST_F(QueriesTest, AMappingKeepsTheClientsSpelling)
{
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = u"\\\\server.example.com\\SHARE1\\";
	const auto copy = client.call(FSS_ADD_TO_SHADOW_COPY_SET, arguments).answer.copy;
	const auto time = world.clock.fileTime();
	world.clock.advance(std::chrono::seconds(30));
	client.commit(set.id);
	client.expose(set.id);
	const auto reply = client.mapping(set.id, copy, "share1");
	ASSERT_EQ(reply.result, HResult::Ok);
	EXPECT_EQ(reply.answer.set, set.id);
	EXPECT_EQ(reply.answer.copy, copy);
	EXPECT_EQ(reply.answer.shareNameUnc, "\\\\server.example.com\\SHARE1\\");
	EXPECT_EQ(reply.answer.exposedName, "share1@{" + copy.text() + "}");
	EXPECT_EQ(reply.answer.created, time) << "when the share was added, in 100 ns";
}

TEST_F(QueriesTest, AMappingIsFoundInAnySpelling)
{
	const auto set = client.make(Status::Exposed);
	Arguments arguments{set.id, set.copy()};
	for (const auto *name :
	     {u"\\\\SERVER\\share1", u"\\\\server\\SHARE1\\", u"\\\\192.0.2.1\\Share1\\sub\\"}) {
		arguments.name = name;
		EXPECT_EQ(client.call(FSS_GET_SHARE_MAPPING, arguments).result, HResult::Ok);
	}
}

TEST_F(QueriesTest, EachShareOfAVolumeHasItsMapping)
{
	const auto set = client.make(Status::Exposed, {"both1", "both2"});
	const auto first = client.mapping(set.id, set.copy(), "both1");
	const auto second = client.mapping(set.id, set.copy(), "both2");
	EXPECT_EQ(first.answer.exposedName, "both1@{" + set.copy().text() + "}");
	EXPECT_EQ(second.answer.exposedName, "both2@{" + set.copy().text() + "}");
}

TEST_F(QueriesTest, AMappingOfTheWrongCopyOrShareIsAnInvalidArgument)
{
	const auto set = client.make(Status::Exposed, {"share1", "share2"});
	for (const char *dialect : {"interoperable", "current"}) {
		world.host.options["error codes"] = dialect;
		EXPECT_EQ(client.mapping(set.id, set.copies[0], "share2").result,
		          HResult::InvalidArg);
		EXPECT_EQ(client.mapping(set.id, CopyId::random(), "share1").result,
		          HResult::InvalidArg);
		EXPECT_EQ(client.mapping(set.id, set.copies[0], "nobody").result,
		          HResult::InvalidArg);
	}
}

TEST_F(QueriesTest, OnlyLevelOneIsKnown)
{
	const auto set = client.make(Status::Exposed);
	Arguments arguments{set.id, set.copy()};
	arguments.name = uncOf("share1");
	for (const uint32_t level : {0U, 2U, UINT32_MAX}) {
		arguments.level = level;
		EXPECT_EQ(client.call(FSS_GET_SHARE_MAPPING, arguments).result,
		          HResult::InvalidArg);
	}
}

TEST_F(QueriesTest, AMappingNeedsAWellFormedName)
{
	const auto set = client.make(Status::Exposed);
	Arguments arguments{set.id, set.copy()};
	arguments.name = u"share1";
	EXPECT_EQ(client.call(FSS_GET_SHARE_MAPPING, arguments).result, HResult::InvalidArg);
	EXPECT_EQ(client.call(FSS_DELETE_SHARE_MAPPING, arguments).result, HResult::InvalidArg);
}

TEST_F(QueriesTest, NamesInAnyScriptAndOfAnyLengthAreExposedAndFound)
{
	const std::string longName(80, 'n');
	world.addShare("données", "/vol6");
	world.addShare(longName, "/vol7");
	const auto set = client.make(Status::Started);
	Arguments arguments{set.id};
	arguments.name = u"\\\\SERVER\\DONNÉES\\";
	const auto copy = client.call(FSS_ADD_TO_SHADOW_COPY_SET, arguments).answer.copy;
	const auto added = client.add(set.id, longName);
	EXPECT_EQ(client.commit(set.id), HResult::Ok);
	EXPECT_EQ(client.expose(set.id), HResult::Ok);
	arguments.copy = copy;
	arguments.name = u"\\\\SERVER\\Données";
	const auto reply = client.call(FSS_GET_SHARE_MAPPING, arguments);
	EXPECT_EQ(reply.answer.exposedName, "données@{" + copy.text() + "}");
	EXPECT_EQ(reply.answer.shareNameUnc, "\\\\SERVER\\DONNÉES\\");
	EXPECT_EQ(client.mapping(set.id, added.answer.copy, longName).result, HResult::Ok);
}

} // namespace
} // namespace fss
