// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Refusal.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "testing/LoopFs.h"

#include <btrfsutil.h>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <memory>

namespace fss::btrfs {
namespace {

/// A deletion that the kernel refuses, for one reason at a time.
class RefusalTest : public OnBtrfs {
protected:
	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (IsSkipped() || HasFatalFailure())
			return;
		// More than a pipe holds.
		write(volume + "/file", std::string(1 << 20, 'x'));
		std::filesystem::create_directory(volume + "/copies");
		ASSERT_EQ(btrfs_util_create_snapshot(volume.c_str(), copy().c_str(),
		                                     BTRFS_UTIL_CREATE_SNAPSHOT_READ_ONLY, nullptr,
		                                     nullptr),
		          BTRFS_UTIL_OK);
	}
	void TearDown() override
	{
		if (exists(copy())) {
			EXPECT_TRUE(destroy());
		}
		EXPECT_FALSE(exists(copy()));
	}
	std::string copy() const { return volume + "/copies/snapshot"; }
	Result<void> destroy() const
	{
		const auto directory = openDirectory(AT_FDCWD, volume + "/copies");
		return destroyTree(directory->get(), "snapshot");
	}
	/// The same by its open root, as one is destroyed that has been moved.
	Result<void> destroyFound() const
	{
		const auto directory = openDirectory(AT_FDCWD, volume + "/copies");
		const auto root = openDirectory(directory->get(), "snapshot");
		return destroyOpened(directory->get(), root->get());
	}
	void isRefused(Circumstance circumstance) const
	{
		const auto *cause = causeOf(Operation::Destroy, EPERM, circumstance);
		for (const auto &refused : {destroy(), destroyFound()}) {
			ASSERT_FALSE(refused);
			EXPECT_EQ(refused.error().errnum, EPERM) << refused.error().text();
			EXPECT_EQ(refused.error().advice, cause->remedy);
		}
		EXPECT_TRUE(exists(copy()));
	}
};

TEST_F(RefusalTest, AnImmutableDirectory)
{
	run("chattr +i " + volume + "/copies");
	const auto refused = destroy();
	run("chattr -i " + volume + "/copies");
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().advice,
	          causeOf(Operation::Destroy, EPERM, Circumstance::Immutable)->remedy);
}

TEST_F(RefusalTest, AnAppendOnlyDirectory)
{
	run("chattr +a " + volume + "/copies");
	const auto refused = destroy();
	run("chattr -a " + volume + "/copies");
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().advice,
	          causeOf(Operation::Destroy, EPERM, Circumstance::Immutable)->remedy);
}

TEST_F(RefusalTest, TheDefaultSubvolume)
{
	uint64_t before = 0;
	ASSERT_EQ(btrfs_util_get_default_subvolume(volume.c_str(), &before), BTRFS_UTIL_OK);
	ASSERT_EQ(btrfs_util_set_default_subvolume(copy().c_str(), 0), BTRFS_UTIL_OK);
	isRefused(Circumstance::DefaultSubvolume);
	ASSERT_EQ(btrfs_util_set_default_subvolume(volume.c_str(), before), BTRFS_UTIL_OK);
}

TEST_F(RefusalTest, OneThatIsBeingSent)
{
	const std::unique_ptr<FILE, int (*)(FILE *)> sent(
	        popen(("btrfs send -q " + copy()).c_str(), "r"), pclose);
	ASSERT_NE(sent, nullptr);
	ASSERT_NE(fgetc(sent.get()), EOF); // it has begun, and waits for its reader
	isRefused(Circumstance::Sent);
}

TEST_F(RefusalTest, AnActiveSwapFile)
{
	ASSERT_EQ(btrfs_util_set_subvolume_read_only(copy().c_str(), false), BTRFS_UTIL_OK);
	const auto file = copy() + "/swap";
	run("truncate -s 0 " + file + " && chattr +C " + file + " && chmod 600 " + file +
	    " && fallocate -l 4M " + file + " && mkswap -q " + file + " && swapon " + file);
	const auto refused = destroy();
	const auto refusedById = destroyFound();
	run("swapoff " + file);
	for (const auto &result : {refused, refusedById}) {
		ASSERT_FALSE(result);
		EXPECT_EQ(result.error().advice,
		          causeOf(Operation::Destroy, EPERM, Circumstance::SwapFile)->remedy)
		        << result.error().text();
	}
}

TEST_F(RefusalTest, LookingKeepsErrno)
{
	const auto root = openDirectory(AT_FDCWD, copy());
	errno = EPERM;
	EXPECT_EQ(whyNotDeleted(root->get()), Circumstance::Sent); // nothing else is in the way
	EXPECT_EQ(errno, EPERM);
}

} // namespace
} // namespace fss::btrfs
