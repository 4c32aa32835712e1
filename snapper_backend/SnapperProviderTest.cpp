// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/testing/OnSnapper.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace fss {
namespace {

using namespace snapper;
using testing::HasSubstr;

class SnapperProviderTest : public OnSnapper {};

TEST_F(SnapperProviderTest, TheVolumeIsTheConfigurationsSubvolume)
{
	run("mkdir -p '" + volume + "/a/b'");
	const auto location = provider.inspect(volume + "/a/b", {});
	ASSERT_TRUE(succeeded(location));
	EXPECT_TRUE(location->volume.id.starts_with("snapper:"));
	EXPECT_EQ(location->volume.root, volume);
	EXPECT_EQ(location->volume.store, volume + "/.snapshots");
	EXPECT_EQ(location->relativePath, "a/b");
}

TEST_F(SnapperProviderTest, AConfigurationCoversItsOwnSubvolumeOnly)
{
	const auto nested = volume + "/nested";
	run("btrfs -q subvolume create '" + nested + "'");
	auto location = provider.inspect(nested, {});
	ASSERT_FALSE(location);
	EXPECT_EQ(location.error().code, HResult::NotSupported);
	EXPECT_EQ(location.error().errnum, 0);
	snapperd.addConfig("nested", nested);
	location = provider.inspect(nested, {});
	ASSERT_TRUE(succeeded(location));
	EXPECT_EQ(location->volume.root, nested);
}

TEST_F(SnapperProviderTest, SnapperIsNotAskedAboutVolumesWithoutAStore)
{
	EXPECT_FALSE(provider.inspect(fs().subvolume("plain"), {}));
	EXPECT_TRUE(snapperd.calls.empty());
}

TEST_F(SnapperProviderTest, AStoreThatIsNotRootsIsNotUsed)
{
	ASSERT_EQ(chown((volume + "/.snapshots").c_str(), 65534, 0), 0);
	const auto location = provider.inspect(volume, {});
	ASSERT_FALSE(location);
	EXPECT_EQ(location.error().errnum, EPERM);
}

TEST_F(SnapperProviderTest, NestedSubvolumesAreRefusedOrLeftOutButNotIncluded)
{
	run("btrfs -q subvolume create '" + volume + "/nested'");
	InspectOptions options;
	EXPECT_FALSE(provider.inspect(volume, options));
	options.nested = NestedPolicy::Include;
	const auto refused = provider.inspect(volume, options);
	ASSERT_FALSE(refused);
	EXPECT_THAT(refused.error().advice, HasSubstr("fss:provider = btrfs"));
	options.nested = NestedPolicy::Ignore;
	const auto ignored = provider.inspect(volume, options);
	ASSERT_TRUE(succeeded(ignored));
	EXPECT_EQ(ignored->leftOut, volume + "/nested");
}

TEST_F(SnapperProviderTest, SnappersStoreIsNoNestedSubvolumeForBtrfsEither)
{
	EXPECT_TRUE(succeeded(BtrfsProvider().inspect(volume, {})));
}

TEST_F(SnapperProviderTest, ASilentSnapperdIsNotAskedAgainSoon)
{
	snapperd.answerConfigs = [] { return fail(HResult::Fail, "list", ETIMEDOUT); };
	for (int i = 0; i < 3; i++) {
		const auto location = provider.inspect(volume, {});
		ASSERT_FALSE(location);
		EXPECT_EQ(location.error().code, HResult::NotSupported);
		EXPECT_EQ(location.error().errnum, ETIMEDOUT);
	}
	EXPECT_THAT(snapperd.calls, testing::SizeIs(1));
}

TEST_F(SnapperProviderTest, AStoreThatIsMountedElsewhereIsNotTakenForThisOne)
{
	// The configuration's path shows the same subvolume, and another directory
	// over its .snapshots.
	const auto other = fs().path("other-mount");
	run("mkdir -p '" + other + "' && mount --bind '" + volume + "' '" + other +
	    "' && mount -t tmpfs none '" + other + "/.snapshots'");
	snapperd.configs["c"] = other;
	EXPECT_FALSE(provider.inspect(volume, {}));
	run("umount '" + other + "/.snapshots'");
	EXPECT_TRUE(succeeded(provider.inspect(volume, {})));
	run("umount '" + other + "'");
}

TEST_F(SnapperProviderTest, APresentSnapshotIsKnownByItsUuidAndNotByItsNumber)
{
	const auto ref = create(requestFor(volume));
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Present);
	snapperd.remove("c", 1);
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
	EXPECT_EQ(snapperd.create("c", {}), 1U) << "the number is given anew";
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(exists(volume + "/.snapshots/1/snapshot")) << "an administrator's";
}

TEST_F(SnapperProviderTest, AVolumeThatIsNotMountedTellsNothing)
{
	LoopFs other;
	const auto data = other.subvolume("data");
	snapperd.addConfig("d", data);
	const auto ref = create(requestFor(data));
	other.unmount();
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_FALSE(destroy(ref));
	other.mount();
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Present);
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
}

TEST_F(SnapperProviderTest, AnActiveSwapFileInTheVolumeIsNamed)
{
	const TempDirectory directory;
	const auto table = directory.write("swaps", "Filename\tType\tSize\tUsed\tPriority\n" +
	                                                    volume + "/swap file 65532 0 -2\n");
	SnapperProvider swapping(snapperd.service(), table);
	const auto request = requestFor(volume);
	EXPECT_TRUE(succeeded(swapping.inspect(volume, {})));
	write(volume + "/swap", "pages");
	const auto location = swapping.inspect(volume, {});
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_THAT(location.error().text(), HasSubstr("swapoff '" + volume + "/swap'"));
	EXPECT_TRUE(failedWith(swapping.begin(std::span(&request, 1)), HResult::NotSupported));
}

TEST_F(SnapperProviderTest, AWritableSnapshotIsSealed)
{
	const auto ref = create(requestFor(volume, true));
	const auto file = ref.path + "/file";
	write(file, "recovered");
	ASSERT_TRUE(succeeded(provider.seal(ref)));
	EXPECT_FALSE(std::ofstream(file).good());
	EXPECT_TRUE(succeeded(provider.seal(ref)));
}

} // namespace
} // namespace fss
