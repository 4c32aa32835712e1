// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Nested.h"

#include "provider/Instant.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "testing/FakeGate.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <btrfsutil.h>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <stop_token>
#include <sys/stat.h>
#include <thread>

namespace fss {
namespace {

using namespace std::chrono_literals;

/// A volume with a subvolume, one inside that, and a plain directory.
class NestedTest : public OnBtrfs {
protected:
	BtrfsProvider provider;

	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (IsSkipped() || HasFatalFailure())
			return;
		std::filesystem::create_directories(volume + "/dir/plain");
		make("/dir/inner");
		make("/dir/inner/deep");
		write(volume + "/file", "volume");
		write(volume + "/dir/inner/file", "inner");
		write(volume + "/dir/inner/deep/file", "deep");
	}
	void make(const std::string &name) const
	{
		ASSERT_EQ(btrfs_util_create_subvolume((volume + name).c_str(), 0, nullptr, nullptr),
		          BTRFS_UTIL_OK);
	}
	Result<Location> inspect(NestedPolicy policy, const std::string &below = "")
	{
		return provider.inspect(volume + below, {"", policy});
	}
	SnapshotRef include(bool writable)
	{
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = inspect(NestedPolicy::Include)->volume;
		request.writable = writable;
		request.nested = NestedPolicy::Include;
		request.exposedPaths = {""};
		auto made = makeSnapshots(provider, std::span(&request, 1));
		EXPECT_TRUE(succeeded(made));
		return {request.id, request.volume, made ? made->at(0).uuid : ""};
	}
	static bool isReadOnly(const std::string &path)
	{
		bool readOnly = false;
		EXPECT_EQ(btrfs_util_get_subvolume_read_only(path.c_str(), &readOnly),
		          BTRFS_UTIL_OK)
		        << path;
		return readOnly;
	}
};

TEST_F(NestedTest, RefuseNamesWhatIsInTheWay)
{
	const auto location = inspect(NestedPolicy::Refuse);
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_NE(location.error().text().find(volume + "/dir/inner"), std::string::npos);
	EXPECT_NE(location.error().advice.find("fss:nested"), std::string::npos);
}

TEST_F(NestedTest, WhatLiesBesideTheShareDoesNotMatter)
{
	EXPECT_TRUE(succeeded(inspect(NestedPolicy::Refuse, "/dir/plain")));
	EXPECT_TRUE(succeeded(inspect(NestedPolicy::Refuse, "/dir/inner/deep")));
	EXPECT_FALSE(inspect(NestedPolicy::Refuse, "/dir/inner"));
	EXPECT_FALSE(inspect(NestedPolicy::Refuse, "/dir"));
}

TEST_F(NestedTest, ANameThatOnlyBeginsAlikeLiesBeside)
{
	std::filesystem::create_directory(volume + "/dir/in");
	EXPECT_TRUE(succeeded(inspect(NestedPolicy::Refuse, "/dir/in")));
}

TEST_F(NestedTest, TheSnapshotStoreIsNotNested)
{
	const auto fresh = fs().subvolume("fresh");
	for (int round = 0; round < 2; round++) {
		const auto location = provider.inspect(fresh, {});
		ASSERT_TRUE(succeeded(location));
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = location->volume;
		EXPECT_TRUE(succeeded(makeSnapshots(provider, std::span(&request, 1))));
	}
}

TEST_F(NestedTest, IgnoreLeavesItOutAndSaysSo)
{
	const auto location = inspect(NestedPolicy::Ignore);
	ASSERT_TRUE(succeeded(location));
	EXPECT_EQ(location->leftOut, volume + "/dir/inner");
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = location->volume;
	request.nested = NestedPolicy::Ignore;
	ASSERT_TRUE(succeeded(makeSnapshots(provider, std::span(&request, 1))));
	const SnapshotRef ref{request.id, request.volume, ""};
	const auto copy = provider.exposedPath(ref, "");
	EXPECT_EQ(read(copy + "/file"), "volume");
	EXPECT_FALSE(exists(copy + "/dir/inner/file"));
	EXPECT_TRUE(succeeded(provider.destroy(std::span(&ref, 1))));
}

TEST_F(NestedTest, IncludePutsEachIntoItsPlace)
{
	const auto ref = include(false);
	const auto copy = provider.exposedPath(ref, "");
	write(volume + "/dir/inner/deep/file", "changed");
	EXPECT_EQ(read(copy + "/file"), "volume");
	EXPECT_EQ(read(copy + "/dir/inner/file"), "inner");
	EXPECT_EQ(read(copy + "/dir/inner/deep/file"), "deep");
	for (const char *part : {"", "/dir/inner", "/dir/inner/deep"})
		EXPECT_TRUE(isReadOnly(copy + part)) << part;
	std::vector<std::string> beside;
	for (const auto &entry : std::filesystem::directory_iterator(copy + "/.."))
		beside.push_back(entry.path().filename());
	EXPECT_THAT(beside, testing::ElementsAre("snapshot"));
}

TEST_F(NestedTest, IncludedSubvolumesAreWritableAndSealedWithTheirVolume)
{
	const auto ref = include(true);
	const auto copy = provider.exposedPath(ref, "");
	for (const char *part : {"", "/dir/inner", "/dir/inner/deep"})
		EXPECT_FALSE(isReadOnly(copy + part)) << part;
	write(copy + "/dir/inner/deep/file", "recovered");
	EXPECT_TRUE(succeeded(provider.seal(ref)));
	for (const char *part : {"", "/dir/inner", "/dir/inner/deep"})
		EXPECT_TRUE(isReadOnly(copy + part)) << part;
	EXPECT_EQ(read(copy + "/dir/inner/deep/file"), "recovered");
	EXPECT_TRUE(succeeded(provider.seal(ref)));
}

TEST_F(NestedTest, IncludedSubvolumesGoWithTheirVolume)
{
	for (const bool writable : {false, true}) {
		const auto ref = include(writable);
		EXPECT_TRUE(succeeded(provider.destroy(std::span(&ref, 1))));
		EXPECT_FALSE(exists(volume + "/.fss"));
	}
	EXPECT_EQ(read(volume + "/dir/inner/deep/file"), "deep");
}

TEST_F(NestedTest, PartsThatNeverCameIntoTheirPlaceGoToo)
{
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = inspect(NestedPolicy::Include)->volume;
	request.nested = NestedPolicy::Include;
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, std::span(&request, 1))));
	const auto holder = volume + "/.fss/" + request.id.text() + "/nested-0";
	ASSERT_TRUE(exists(holder));
	// As left by a worker that died before it could put it into its place.
	ASSERT_EQ(btrfs_util_create_snapshot((volume + "/dir/inner").c_str(),
	                                     (holder + "/snapshot").c_str(), 0, nullptr, nullptr),
	          BTRFS_UTIL_OK);
	const SnapshotRef ref{request.id, request.volume, ""};
	EXPECT_TRUE(succeeded(provider.destroy(std::span(&ref, 1))));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(NestedTest, ANestedVolumesOwnStoreIsLeftOut)
{
	SnapshotRequest inner;
	inner.id = CopyId::random();
	inner.volume = provider.inspect(volume + "/dir/inner", {"", NestedPolicy::Ignore})->volume;
	ASSERT_TRUE(succeeded(makeSnapshots(provider, std::span(&inner, 1))));
	const auto ref = include(false);
	const auto inside = provider.exposedPath(ref, "") + "/dir/inner/.fss";
	EXPECT_TRUE(!exists(inside) || std::filesystem::is_empty(inside));
}

// ------------------------------------------------------- what changes before Commit

/// A prepared batch, and a Commit that begins with it.
class NestedLater : public NestedTest {
protected:
	SnapshotRequest requestFor(NestedPolicy policy)
	{
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = inspect(NestedPolicy::Ignore)->volume;
		request.nested = policy;
		request.exposedPaths = {""};
		if (policy != NestedPolicy::Ignore)
			request.completePaths = {""};
		return request;
	}
	Result<Instant> commit(const SnapshotRequest &request, std::shared_ptr<SnapshotBatch> batch)
	{
		FakeGate gate;
		return takeInstant(provider, gate, std::span(&request, 1), std::move(batch), {});
	}
	std::shared_ptr<SnapshotBatch> prepare(const SnapshotRequest &request)
	{
		auto batch = provider.begin(std::span(&request, 1));
		EXPECT_TRUE(succeeded(batch));
		return std::move(*batch);
	}
	void remove(const std::string &name) const
	{
		ASSERT_EQ(btrfs_util_delete_subvolume((volume + name).c_str(), 0), BTRFS_UTIL_OK);
	}
	std::string copyOf(const SnapshotRequest &request) const
	{
		return provider.exposedPath({request.id, request.volume, ""}, "");
	}
};

TEST_F(NestedLater, OneThatAppearsIsIncluded)
{
	const auto request = requestFor(NestedPolicy::Include);
	auto batch = prepare(request);
	make("/dir/later");
	write(volume + "/dir/later/file", "later");
	make("/dir/inner/deep/later");
	write(volume + "/dir/inner/deep/later/file", "deeper");
	ASSERT_TRUE(succeeded(commit(request, batch)));
	EXPECT_EQ(read(copyOf(request) + "/dir/later/file"), "later");
	EXPECT_EQ(read(copyOf(request) + "/dir/inner/deep/later/file"), "deeper");
	EXPECT_EQ(read(copyOf(request) + "/dir/inner/deep/file"), "deep");
}

TEST_F(NestedLater, OneThatGoesAwayIsMissedByNobody)
{
	const auto request = requestFor(NestedPolicy::Include);
	auto batch = prepare(request);
	remove("/dir/inner/deep");
	ASSERT_TRUE(succeeded(commit(request, batch)));
	EXPECT_EQ(read(copyOf(request) + "/dir/inner/file"), "inner");
	EXPECT_FALSE(exists(copyOf(request) + "/dir/inner/deep"));
}

TEST_F(NestedLater, OneThatIsMovedIsInItsNewPlaceOnly)
{
	const auto request = requestFor(NestedPolicy::Include);
	auto batch = prepare(request);
	std::filesystem::rename(volume + "/dir/inner", volume + "/dir/renamed");
	ASSERT_TRUE(succeeded(commit(request, batch)));
	EXPECT_EQ(read(copyOf(request) + "/dir/renamed/deep/file"), "deep");
	EXPECT_FALSE(exists(copyOf(request) + "/dir/inner"));
}

TEST_F(NestedLater, OneThatAppearsOrGoesWhileTheyAreMadeIsNoticed)
{
	const auto request = requestFor(NestedPolicy::Include);
	auto batch = prepare(request);
	ASSERT_TRUE(succeeded(batch->arm()));
	make("/dir/later");
	ASSERT_TRUE(succeeded(batch->fire()));
	const auto finished = batch->finish();
	ASSERT_TRUE(failedWith(finished, HResult::Fail));
	EXPECT_EQ(finished.error().errnum, EAGAIN);
	EXPECT_NE(finished.error().step.find("dir/later"), std::string::npos);

	const auto again = requestFor(NestedPolicy::Include);
	batch = prepare(again);
	ASSERT_TRUE(succeeded(batch->arm()));
	remove("/dir/later");
	const auto fired = batch->fire();
	EXPECT_EQ(fired ? batch->finish().error().errnum : fired.error().errnum, EAGAIN);
}

/// Somebody who makes and deletes nested subvolumes all the time.
class Coming {
public:
	Coming(const std::string &place, std::chrono::milliseconds pause)
	        : thread_([place, pause](const std::stop_token &stop) {
		          const auto outer = place + "/coming";
		          while (!stop.stop_requested()) {
			          for (const auto &path : {outer, outer + "/within"})
				          btrfs_util_create_subvolume(path.c_str(), 0, nullptr,
				                                      nullptr);
			          std::this_thread::sleep_for(pause);
			          btrfs_util_delete_subvolume(
			                  outer.c_str(), BTRFS_UTIL_DELETE_SUBVOLUME_RECURSIVE);
			          std::this_thread::sleep_for(pause);
		          }
	          })
	{
	}

private:
	std::jthread thread_;
};

TEST_F(NestedLater, OnesThatComeAndGoAreOutlasted)
{
	const Coming coming(volume + "/dir", 300ms);
	for (int i = 0; i < 5; i++) {
		const auto request = requestFor(NestedPolicy::Include);
		auto batch = beginBatch(provider, std::span(&request, 1));
		ASSERT_TRUE(succeeded(batch));
		ASSERT_TRUE(succeeded(commit(request, std::move(*batch))));
		EXPECT_EQ(read(copyOf(request) + "/dir/inner/deep/file"), "deep");
	}
}

TEST_F(NestedLater, OnesThatComeAndGoTooQuicklyAreTheCauseOfAFailure)
{
	const Coming coming(volume + "/dir", 20ms);
	for (int i = 0; i < 5; i++) {
		auto request = requestFor(NestedPolicy::Include);
		const auto committed = commit(request, nullptr);
		if (!committed) {
			EXPECT_EQ(committed.error().errnum, EAGAIN) << committed.error().text();
			EXPECT_FALSE(exists(volume + "/.fss"));
		} else {
			const SnapshotRef made{request.id, request.volume, ""};
			EXPECT_TRUE(succeeded(provider.destroy(std::span(&made, 1))));
		}
	}
	EXPECT_TRUE(succeeded(commit(requestFor(NestedPolicy::Ignore), nullptr)));
}

TEST_F(NestedLater, OneThatAppearsIsRefusedAndNamedAndNothingIsLeft)
{
	remove("/dir/inner/deep");
	remove("/dir/inner");
	const auto request = requestFor(NestedPolicy::Refuse);
	auto batch = prepare(request);
	make("/dir/later");
	const auto committed = commit(request, batch);
	ASSERT_TRUE(failedWith(committed, HResult::NotSupported));
	EXPECT_NE(committed.error().text().find(volume + "/dir/later"), std::string::npos);
	EXPECT_NE(committed.error().advice.find("fss:nested"), std::string::npos);
	EXPECT_FALSE(exists(volume + "/.fss"));
	remove("/dir/later");
	EXPECT_TRUE(succeeded(commit(request, nullptr)));
}

TEST_F(NestedLater, OneThatAppearsIsLeftOutAndNamed)
{
	const auto request = requestFor(NestedPolicy::Ignore);
	const auto committed = commit(request, prepare(request));
	ASSERT_TRUE(succeeded(committed));
	EXPECT_THAT(committed->leftOut, testing::ElementsAre(volume + "/dir/inner"));
}

TEST_F(NestedLater, OneBesideTheSharesDoesNotMatter)
{
	auto request = requestFor(NestedPolicy::Refuse);
	request.exposedPaths = request.completePaths = {"dir/plain"};
	auto batch = prepare(request);
	make("/dir/later");
	EXPECT_TRUE(succeeded(commit(request, batch)));
}

TEST_F(NestedLater, SnapshotsOfOthersMeanwhileDoNotMatter)
{
	for (const auto policy : {NestedPolicy::Include, NestedPolicy::Ignore}) {
		const auto request = requestFor(policy);
		auto batch = prepare(request);
		ASSERT_TRUE(succeeded(batch->arm()));
		const auto other = requestFor(NestedPolicy::Include);
		ASSERT_TRUE(succeeded(commit(other, nullptr)));
		ASSERT_TRUE(succeeded(batch->fire()));
		EXPECT_TRUE(succeeded(batch->finish()));
	}
}

TEST_F(NestedLater, AMountThatAppearsIsRefusedAndNamed)
{
	const auto request = requestFor(NestedPolicy::Include);
	auto batch = prepare(request);
	const auto place = volume + "/dir/plain";
	run("mount -t tmpfs fss-test '" + place + "'");
	const auto committed = commit(request, batch);
	run("umount '" + place + "'");
	ASSERT_TRUE(failedWith(committed, HResult::NotSupported));
	EXPECT_NE(committed.error().text().find(place), std::string::npos);
	EXPECT_TRUE(succeeded(commit(request, nullptr)));
}

// ------------------------------------------------------------------- mounts

class MountBelow : public NestedTest {
protected:
	void SetUp() override
	{
		NestedTest::SetUp();
		if (IsSkipped() || HasFatalFailure())
			return;
		place = volume + "/dir/plain";
		run("mount -t tmpfs fss-test '" + place + "'");
	}
	void TearDown() override
	{
		if (!place.empty())
			run("umount '" + place + "'");
	}
	std::string place;
};

TEST_F(MountBelow, IsRefusedAndNamed)
{
	const auto location = inspect(NestedPolicy::Refuse, "/dir");
	ASSERT_TRUE(failedWith(location, HResult::NotSupported));
	EXPECT_NE(location.error().text().find(place), std::string::npos);
}

TEST_F(MountBelow, CannotBeIncluded)
{
	EXPECT_TRUE(failedWith(inspect(NestedPolicy::Include, "/dir"), HResult::NotSupported));
}

TEST_F(MountBelow, MayBeLeftOut)
{
	const auto location = inspect(NestedPolicy::Ignore, "/dir");
	ASSERT_TRUE(succeeded(location));
	EXPECT_EQ(location->leftOut, place);
}

// -------------------------------------------------------------- openBeneath

TEST_F(NestedTest, OpenBeneathFollowsNoLinkAndLeavesNowhere)
{
	std::filesystem::create_directory_symlink("dir", volume + "/link");
	std::filesystem::create_directory_symlink("/etc", volume + "/away");
	const Fd root(open(volume.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (const char *good : {"", "dir", "dir/plain", "dir/inner/deep"})
		EXPECT_TRUE(succeeded(btrfs::openBeneath(root.get(), good))) << good;
	for (const char *bad :
	     {"..", "dir/../..", "/etc", "link", "link/plain", "away", "file", "no"})
		EXPECT_FALSE(btrfs::openBeneath(root.get(), bad)) << bad;
}

} // namespace
} // namespace fss
