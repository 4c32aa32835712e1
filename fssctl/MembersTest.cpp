// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Members.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fssctl {
namespace {

// Debian's base-passwd has it in every system, with "nobody" not in it.
constexpr const char *group = "backup";

Peer nobodyWith(gid_t primary, std::vector<gid_t> supplementary)
{
	Peer peer;
	peer.credentials.uid = 65534;
	peer.credentials.gid = primary;
	peer.groups = std::move(supplementary);
	return peer;
}

class MembersTest : public ::testing::Test {
protected:
	void SetUp() override
	{
		const auto *entry = getgrnam(group);
		ASSERT_NE(entry, nullptr);
		gid = entry->gr_gid;
	}
	gid_t gid = 0;
};

TEST_F(MembersTest, RootMay)
{
	Peer root;
	root.credentials.uid = 0;
	EXPECT_TRUE(checkMember(root, ""));
}

TEST_F(MembersTest, MembersByPrimaryOrSupplementaryGroupMay)
{
	EXPECT_TRUE(checkMember(nobodyWith(gid, {}), group));
	EXPECT_TRUE(checkMember(nobodyWith(65534, {65534, gid}), group));
}

TEST_F(MembersTest, OthersAreToldWhatWouldLetThemIn)
{
	const auto refused = checkMember(nobodyWith(65534, {65534}), group);
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().code, fss::HResult::AccessDenied);
	EXPECT_NE(refused.error().advice.find("usermod -aG 'backup' 'nobody'"), std::string::npos)
	        << refused.error().advice;
}

TEST_F(MembersTest, NobodyMayWhereNoGroupIsNamedOrItIsUnknown)
{
	EXPECT_FALSE(checkMember(nobodyWith(gid, {gid}), ""));
	EXPECT_FALSE(checkMember(nobodyWith(gid, {gid}), "no-such-group-here"));
}

TEST_F(MembersTest, ThePeerOfASocketIsKnown)
{
	int both[2];
	ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, both), 0);
	const fss::Fd one(both[0]);
	const fss::Fd other(both[1]);
	const auto peer = Peer::of(one.get());
	ASSERT_TRUE(peer);
	EXPECT_EQ(peer->credentials.uid, geteuid());
	EXPECT_EQ(peer->groups.size(), static_cast<size_t>(getgroups(0, nullptr)));
}

} // namespace
} // namespace fssctl
