// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsBatch.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "provider/btrfs/VolumeIds.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <atomic>
#include <btrfsutil.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss {
namespace {

class BtrfsBatchTest : public OnBtrfs {
protected:
	std::vector<SnapshotRequest> requestsFor(const std::string &prefix, size_t count)
	{
		std::vector<SnapshotRequest> requests;
		for (size_t i = 0; i < count; i++) {
			const auto path = fs().subvolume(fmt::format("{}{}", prefix, i));
			SnapshotRequest request;
			request.id = CopyId::random();
			request.volume = BtrfsProvider().inspect(path, {})->volume;
			request.exposedPaths = {""};
			requests.push_back(request);
		}
		return requests;
	}
	static std::string snapshotOf(const SnapshotRequest &request)
	{
		return BtrfsProvider().exposedPath({request.id, request.volume, ""}, "");
	}
};

TEST_F(BtrfsBatchTest, NothingIsMadeBeforeItFires)
{
	const auto requests = requestsFor("quiet", 3);
	btrfs::BtrfsBatch batch;
	ASSERT_TRUE(succeeded(batch.open(requests)));
	ASSERT_TRUE(succeeded(batch.flush()));
	for (const auto &request : requests)
		EXPECT_FALSE(exists(snapshotOf(request)));
	ASSERT_TRUE(succeeded(batch.arm()));
	ASSERT_TRUE(succeeded(batch.fire()));
	for (const auto &request : requests)
		EXPECT_TRUE(exists(snapshotOf(request)));
	EXPECT_EQ(batch.finish()->size(), 3U);
}

TEST_F(BtrfsBatchTest, OneThatIsArmedAndNotFiredMakesNothing)
{
	const auto requests = requestsFor("abandoned", 3);
	{
		btrfs::BtrfsBatch batch;
		ASSERT_TRUE(succeeded(batch.open(requests)));
		ASSERT_TRUE(succeeded(batch.arm()));
	}
	for (const auto &request : requests)
		EXPECT_FALSE(exists(snapshotOf(request)));
}

TEST_F(BtrfsBatchTest, HoldsEverySnapshotsOwnIdentity)
{
	const auto requests = requestsFor("identity", 4);
	btrfs::BtrfsBatch batch;
	ASSERT_TRUE(succeeded(batch.open(requests)));
	ASSERT_TRUE(succeeded(batch.arm()));
	ASSERT_TRUE(succeeded(batch.fire()));
	const auto results = batch.finish();
	ASSERT_TRUE(succeeded(results));
	for (size_t i = 0; i < 4; i++) {
		struct btrfs_util_subvolume_info info {};
		ASSERT_EQ(btrfs_util_subvolume_info(snapshotOf(requests[i]).c_str(), 0, &info),
		          BTRFS_UTIL_OK);
		EXPECT_EQ((*results)[i].uuid, btrfs::uuidText(info.uuid));
		EXPECT_EQ((*results)[i].transaction, info.otransid);
	}
}

TEST_F(BtrfsBatchTest, FlushesWhatWasWrittenBefore)
{
	const auto requests = requestsFor("flushed", 1);
	write(requests[0].volume.root + "/file", std::string(1 << 20, 'x'));
	btrfs::BtrfsBatch batch;
	ASSERT_TRUE(succeeded(batch.open(requests)));
	ASSERT_TRUE(succeeded(batch.flush()));
	ASSERT_TRUE(succeeded(batch.arm()));
	ASSERT_TRUE(succeeded(batch.fire()));
	EXPECT_EQ(read(snapshotOf(requests[0]) + "/file").size(), size_t{1} << 20);
}

TEST_F(BtrfsBatchTest, OneThatCannotBeMadeFailsTheBatchAndIsNamed)
{
	const auto requests = requestsFor("failing", 3);
	btrfs::BtrfsBatch batch;
	ASSERT_TRUE(succeeded(batch.open(requests)));
	// Something took the snapshot's name in between.
	ASSERT_EQ(mkdir(snapshotOf(requests[1]).c_str(), 0700), 0);
	ASSERT_TRUE(succeeded(batch.arm()));
	const auto fired = batch.fire();
	ASSERT_TRUE(failedWith(fired, HResult::Fail));
	EXPECT_NE(fired.error().step.find(requests[1].volume.root), std::string::npos);
	EXPECT_NE(fired.error().errnum, 0);
}

TEST_F(BtrfsBatchTest, AVolumeThatIsGoneFailsBeforeAnythingIsMade)
{
	auto requests = requestsFor("gone", 2);
	ASSERT_EQ(btrfs_util_delete_subvolume(requests[1].volume.root.c_str(), 0), BTRFS_UTIL_OK);
	btrfs::BtrfsBatch batch;
	EXPECT_FALSE(batch.open(requests));
	EXPECT_FALSE(exists(snapshotOf(requests[0])));
}

TEST_F(BtrfsBatchTest, BatchesBesideEachOtherDoNotDisturbEachOther)
{
	constexpr size_t workers = 4;
	std::vector<std::vector<SnapshotRequest>> requests;
	for (size_t i = 0; i < workers; i++)
		requests.push_back(requestsFor(fmt::format("beside{}-", i), 3));
	std::atomic<size_t> made = 0;
	{
		std::vector<std::jthread> threads;
		for (const auto &mine : requests)
			threads.emplace_back([&made, &mine] {
				BtrfsProvider provider;
				if (auto results = makeSnapshots(provider, mine))
					made += results->size();
			});
	}
	EXPECT_EQ(made, workers * 3);
}

// ---------------------------------------------------------------- identities

TEST_F(BtrfsBatchTest, AVolumeIdNamesFileSystemAndSubvolume)
{
	const Fd root(open(volume.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const auto id = btrfs::volumeIdOf(root.get());
	ASSERT_TRUE(succeeded(id));
	EXPECT_EQ(btrfs::fsidOf(*id), btrfs::fileSystemId(root.get()));
	uint64_t number = 0;
	ASSERT_EQ(btrfs_util_subvolume_id(volume.c_str(), &number), BTRFS_UTIL_OK);
	EXPECT_TRUE(id->ends_with(fmt::format(":{}", number)));
	EXPECT_TRUE(succeeded(btrfs::openVolume({*id, volume, ""})));
	EXPECT_FALSE(btrfs::openVolume({*id, fs().root(), ""}));
	EXPECT_FALSE(btrfs::openVolume({*id, "/proc", ""}));
}

TEST(VolumeIds, FsidOfAnotherTextIsNone)
{
	EXPECT_EQ(btrfs::fsidOf("btrfs:abc:5"), "abc");
	EXPECT_EQ(btrfs::fsidOf(""), "");
	EXPECT_EQ(btrfs::fsidOf("btrfs:5"), "");
}

} // namespace
} // namespace fss
