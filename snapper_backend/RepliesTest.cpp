// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/Replies.h"

#include "testing/Printing.h"

#include <gmock/gmock.h>

namespace fss::snapper {
namespace {

WireSnapshot single(uint32_t number, const std::string &description = "", UserData data = {})
{
	return {number, 0, 0, 1700000000, 0, description, "", std::move(data)};
}

TEST(SnapperReplies, ConfigurationsAreDecoded)
{
	const auto configs = readConfigs(
	        {{"gr\\xc3\\xbc\\xc3\\x9fe", "/srv/\\xff \\\\", {{"FSTYPE", "btrfs"}}}});
	ASSERT_TRUE(succeeded(configs));
	ASSERT_EQ(configs->size(), 1U);
	EXPECT_EQ(configs->at(0).name, "gr\xc3\xbc\xc3\x9f"
	                               "e");
	EXPECT_EQ(configs->at(0).subvolume, "/srv/\xff \\");
}

TEST(SnapperReplies, ABrokenConfigurationBreaksTheAnswer)
{
	const WireConfig good{"root", "/", {}};
	for (const WireConfig &bad :
	     {WireConfig{"", "/srv", {}}, WireConfig{"a/b", "/srv", {}}, WireConfig{"a", "srv", {}},
	      WireConfig{"a", "", {}}, WireConfig{"a\\", "/srv", {}}, WireConfig{"a", "/s\\x0", {}},
	      WireConfig{"a", "/s\\x00", {}}, WireConfig{"root", "/other", {}}}) {
		const auto configs = readConfigs({good, bad});
		ASSERT_FALSE(configs) << std::get<0>(bad);
		EXPECT_EQ(configs.error().errnum, EBADMSG);
	}
}

TEST(SnapperReplies, SnapshotsAreDecodedWithoutTheVolumeItself)
{
	const auto snapshots = readSnapshots(
	        {single(0, "current"), single(7, "\\xe4", {{"k\\xc3\\xa4", "v\\\\"}})});
	ASSERT_TRUE(succeeded(snapshots));
	ASSERT_EQ(snapshots->size(), 1U);
	const auto &snapshot = snapshots->at(0);
	EXPECT_EQ(snapshot.number, 7U);
	EXPECT_EQ(snapshot.date, 1700000000);
	EXPECT_EQ(snapshot.description, "\xe4");
	EXPECT_THAT(snapshot.userData, testing::ElementsAre(testing::Pair("k\xc3\xa4", "v\\")));
}

TEST(SnapperReplies, ABrokenSnapshotBreaksTheAnswer)
{
	auto unknownType = single(2);
	std::get<1>(unknownType) = 3;
	auto brokenCleanup = single(2);
	std::get<6>(brokenCleanup) = "\\";
	for (const WireSnapshot &bad :
	     {single(1), unknownType, brokenCleanup, single(2, "\\q"), single(2, "", {{"\\", ""}}),
	      single(2, "", {{"", "\\x1"}}), single(2, "", {{"a", ""}, {"\\x61", ""}})}) {
		const auto snapshots = readSnapshots({single(1), bad});
		ASSERT_FALSE(snapshots);
		EXPECT_EQ(snapshots.error().errnum, EBADMSG);
	}
}

} // namespace
} // namespace fss::snapper
