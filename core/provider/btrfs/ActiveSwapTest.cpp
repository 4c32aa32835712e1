// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/ActiveSwap.h"

#include "provider/btrfs/BtrfsProvider.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <btrfsutil.h>
#include <cerrno>
#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::HasSubstr;

/// A volume with a subvolume in it, and a table of swap files as the test says.
class ActiveSwap : public OnBtrfs {
protected:
	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (IsSkipped() || HasFatalFailure())
			return;
		std::filesystem::create_directory(volume + "/share");
		ASSERT_EQ(btrfs_util_create_subvolume((volume + "/nested").c_str(), 0, nullptr,
		                                      nullptr),
		          BTRFS_UTIL_OK);
		for (const char *name : {"/swap", "/share/swap", "/nested/swap"})
			write(volume + name, "pages");
		swapTo("");
	}
	void swapTo(const std::string &path) const
	{
		(void)directory.write(
		        "swaps",
		        "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" +
		                (path.empty() ? "" : path + " file\t\t65532\t\t0\t\t-2\n"));
	}
	Result<Location> inspect(NestedPolicy nested = NestedPolicy::Refuse)
	{
		return provider.inspect(volume + "/share", {"", nested});
	}

	TempDirectory directory;
	BtrfsProvider provider{directory.path("swaps")};
};

TEST_F(ActiveSwap, AFileInTheVolumeIsNamedWithWhatToDo)
{
	EXPECT_TRUE(succeeded(inspect()));
	for (const char *name : {"/swap", "/share/swap"}) {
		swapTo(volume + name);
		const auto location = inspect();
		ASSERT_TRUE(failedWith(location, HResult::NotSupported));
		EXPECT_EQ(location.error().errnum, ETXTBSY);
		EXPECT_THAT(location.error().step, HasSubstr(volume + name));
		EXPECT_THAT(location.error().advice, HasSubstr("swapoff '" + volume + name));
	}
}

TEST_F(ActiveSwap, AFileInANestedSubvolumeCountsWhereThatIsIncluded)
{
	swapTo(volume + "/nested/swap");
	EXPECT_TRUE(succeeded(inspect(NestedPolicy::Refuse)));
	EXPECT_TRUE(succeeded(inspect(NestedPolicy::Ignore)));
	const auto location = inspect(NestedPolicy::Include);
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_THAT(location.error().step, HasSubstr("/nested/swap"));
}

TEST_F(ActiveSwap, AFileElsewhereDoesNotCount)
{
	const auto other = fs().subvolume("swapping");
	write(other + "/swap", "pages");
	for (const auto &path : {other + "/swap", directory.write("swap", "pages"),
	                         volume + "/gone", volume + "/gone\\040(deleted)"}) {
		swapTo(path);
		EXPECT_TRUE(succeeded(inspect(NestedPolicy::Include))) << path;
	}
}

TEST_F(ActiveSwap, OneSinceAddIsFoundBeforeAnythingIsMade)
{
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = inspect()->volume;
	swapTo(volume + "/swap");
	EXPECT_TRUE(failedWith(provider.begin(std::span(&request, 1)), HResult::NotSupported));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(ActiveSwap, ATableThatCannotBeReadIsAnError)
{
	provider = BtrfsProvider(directory.directory("no table"));
	EXPECT_FALSE(inspect());
}

} // namespace
} // namespace fss
