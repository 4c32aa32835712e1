// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Mounts.h"

#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>

namespace fss {
namespace {

class MountsTest : public testing::Test {
protected:
	std::vector<Mount> read(const std::string &text)
	{
		auto found = mounts(scratch.write("mountinfo", text));
		EXPECT_TRUE(succeeded(found));
		return found.value_or(std::vector<Mount>{});
	}

	TempDirectory scratch;
};

TEST_F(MountsTest, TellsDirectoryRootAndTypeInTheKernelsOrder)
{
	const auto found = read("22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	                        "40 22 0:35 /data /srv/data rw,noatime shared:2 master:1 - btrfs "
	                        "/dev/sdb rw,space_cache=v2,subvol=/data\n");
	ASSERT_EQ(found.size(), 2U);
	EXPECT_EQ(found[0].target, "/");
	EXPECT_EQ(found[0].type, "ext4");
	EXPECT_EQ(found[1].target, "/srv/data");
	EXPECT_EQ(found[1].root, "/data");
	EXPECT_EQ(found[1].type, "btrfs");
}

TEST_F(MountsTest, ReadOnlyCountsForTheMountAndForTheFileSystem)
{
	const auto found = read("40 22 0:35 / /a rw - btrfs /dev/sdb rw\n"
	                        "41 22 0:35 / /b ro - btrfs /dev/sdb rw\n"
	                        "42 22 0:36 / /c rw - btrfs /dev/sdc ro\n");
	ASSERT_EQ(found.size(), 3U);
	EXPECT_TRUE(found[0].writable);
	EXPECT_FALSE(found[1].writable);
	EXPECT_FALSE(found[2].writable);
}

TEST_F(MountsTest, BlanksAndOtherBytesInADirectorysNameComeBack)
{
	const auto found = read("40 22 0:35 /a\\040b /srv/two\\040words\\134x\\012y rw - btrfs "
	                        "/dev/sdb rw\n");
	ASSERT_EQ(found.size(), 1U);
	EXPECT_EQ(found[0].root, "/a b");
	EXPECT_EQ(found[0].target, "/srv/two words\\x\ny");
}

TEST_F(MountsTest, SeveralAtOneDirectoryAreAllTold)
{
	EXPECT_EQ(read("40 22 0:35 / /srv rw - btrfs /dev/sdb rw\n"
	               "41 40 0:36 / /srv rw - tmpfs tmpfs rw\n")
	                  .size(),
	          2U);
}

TEST_F(MountsTest, ATableThatIsNotThereIsAnErrorThatNamesIt)
{
	const auto found = mounts(scratch.path("none"));
	ASSERT_FALSE(found);
	EXPECT_EQ(found.error().errnum, ENOENT);
	EXPECT_NE(found.error().text().find(scratch.path("none")), std::string::npos);
}

TEST_F(MountsTest, ByDefaultTheyAreThisProcesss)
{
	const auto found = mounts();
	ASSERT_TRUE(succeeded(found));
	EXPECT_TRUE(std::any_of(found->begin(), found->end(),
	                        [](const auto &mount) { return mount.target == "/"; }));
}

} // namespace
} // namespace fss
