// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/VolumeNames.h"
#include "snapper_backend/testing/OnSnapper.h"

#include "provider/btrfs/SnapshotPlace.h"

#include <array>
#include <gmock/gmock.h>
#include <thread>

namespace fss {
namespace {

using namespace snapper;
using Step = FakeSnapperd::Step;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array allSteps{Step::Begin, Step::MakeDirectory, Step::Snapshot, Step::WriteInfo,
                              Step::Answer};

class SnapperDestroyTest : public OnSnapper {
protected:
	void dieAt(Step wanted, int errnum = ECONNRESET)
	{
		snapperd.before = [=](auto step) {
			if (step == wanted)
				throw Killed{{HResult::Fail, "ask snapperd", errnum, ""}};
		};
	}
	SnapshotRef refOf(const SnapshotRequest &request)
	{
		return {request.id, request.volume, ""};
	}
};

TEST_F(SnapperDestroyTest, SnapperDeletesItsSnapshot)
{
	const auto ref = create(requestFor(volume));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_THAT(stored(), IsEmpty());
	EXPECT_THAT(snapperd.calls, testing::Contains("remove"));
	EXPECT_TRUE(succeeded(destroy(ref))) << "what is gone is gone";
}

TEST_F(SnapperDestroyTest, ASnapshotIsFoundByItsIdsAlone)
{
	const auto request = requestFor(volume);
	create(request);
	EXPECT_TRUE(succeeded(destroy(refOf(request))));
	EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(SnapperDestroyTest, OthersSnapshotsAreNotTouched)
{
	snapperd.create("c", {});
	snapperd.create("c", {{copyKey, CopyId::random().text()}});
	snapperd.create("c", {{copyKey, "nonsense"}});
	const auto ref = create(requestFor(volume));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(stored().size(), 3U);
}

TEST_F(SnapperDestroyTest, ASnapshotWhoseIdWasTakenOffIsNotTouched)
{
	const auto ref = create(requestFor(volume));
	write(volume + "/.snapshots/1/info.xml", "<snapshot/>\n");
	const auto refused = destroy(ref);
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().errnum, EPERM);
	EXPECT_TRUE(exists(ref.path));
}

TEST_F(SnapperDestroyTest, ACallThatKillsSnapperdLeavesNothing)
{
	for (const auto step : allSteps) {
		const auto request = requestFor(volume);
		dieAt(step);
		EXPECT_FALSE(makeSnapshots(provider, std::span(&request, 1)));
		EXPECT_THAT(stored(), IsEmpty()) << int(step);
		EXPECT_FALSE(isMarked(request.id));
		snapperd.before = nullptr;
	}
}

TEST_F(SnapperDestroyTest, ASnapperdThatIsKilledAndGoneLeavesNoSnapshot)
{
	const auto request = requestFor(volume);
	snapperd.before = [this](auto step) {
		if (step != Step::WriteInfo)
			return;
		snapperd.refusal = Error{HResult::Fail, "connect", ENOSYS, ""};
		throw Killed{{HResult::Fail, "ask snapperd", ECONNRESET, ""}};
	};
	EXPECT_FALSE(makeSnapshots(provider, std::span(&request, 1)));
	EXPECT_THAT(stored(), IsEmpty());
}

// As when a worker is killed: another knows the ids only.
TEST_F(SnapperDestroyTest, AnotherWorkerFindsWhatAKilledOneAskedFor)
{
	for (const auto step : allSteps) {
		const auto request = requestFor(volume);
		dieAt(step, ETIMEDOUT); // the volume stays marked
		auto batch = provider.begin(std::span(&request, 1));
		ASSERT_TRUE(succeeded(batch));
		ASSERT_TRUE(succeeded((*batch)->arm()));
		EXPECT_FALSE((*batch)->fire());
		batch->reset();
		EXPECT_TRUE(isMarked(request.id));
		snapperd.before = nullptr;
		SnapperProvider successor(snapperd.service());
		const auto ref = refOf(request);
		EXPECT_TRUE(succeeded(successor.destroy(std::span(&ref, 1))));
		EXPECT_THAT(stored(), IsEmpty()) << int(step);
		EXPECT_FALSE(isMarked(request.id));
	}
}

TEST_F(SnapperDestroyTest, ASnapshotThatComesTooLateIsFound)
{
	const auto request = requestFor(volume);
	const Fd fd(open(volume.c_str(), O_RDONLY | O_DIRECTORY));
	ASSERT_TRUE(succeeded(mark(fd.get(), request.id))); // its asker died
	std::thread late([&] {
		std::this_thread::sleep_for(std::chrono::milliseconds(300));
		snapperd.create("c", {{copyKey, request.id.text()}});
	});
	EXPECT_TRUE(succeeded(destroy(refOf(request))));
	late.join();
	EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(SnapperDestroyTest, ADeletionThatWasCutShortIsFinished)
{
	for (const auto step : {Step::Destroy, Step::Forget}) {
		const auto ref = create(requestFor(volume));
		dieAt(step);
		EXPECT_FALSE(destroy(ref) && step == Step::Destroy);
		snapperd.before = nullptr;
		EXPECT_TRUE(succeeded(destroy(ref)));
		EXPECT_THAT(stored(), IsEmpty()) << int(step);
	}
}

TEST_F(SnapperDestroyTest, ASnapperdThatDiesAtItIsAskedAgain)
{
	for (const auto wanted : {Step::Destroy, Step::Forget}) {
		const auto ref = create(requestFor(volume));
		int deaths = 0;
		snapperd.before = [&](auto step) {
			if (step == wanted && deaths++ == 0)
				throw Killed{{HResult::Fail, "ask snapperd", ECONNRESET, ""}};
		};
		EXPECT_TRUE(succeeded(destroy(ref)));
		EXPECT_EQ(deaths, wanted == Step::Destroy ? 2 : 1);
		EXPECT_THAT(stored(), IsEmpty());
		snapperd.before = nullptr;
	}
}

TEST_F(SnapperDestroyTest, WithoutAConfigurationTheAgentDeletesItself)
{
	const auto ref = create(requestFor(volume));
	snapperd.create("c", {});
	snapperd.configs.clear();
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_THAT(stored(), ElementsAre("2"));
}

TEST_F(SnapperDestroyTest, WithoutSnapperdTheAgentDeletesItself)
{
	const auto ref = create(requestFor(volume));
	snapperd.refusal = Error{HResult::Fail, "connect", ENOSYS, ""};
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(SnapperDestroyTest, WithoutAnAnswerTheSnapshotStaysForLater)
{
	const auto ref = create(requestFor(volume));
	snapperd.answerConfigs = [] { return fail(HResult::Fail, "list", ETIMEDOUT); };
	EXPECT_FALSE(destroy(ref));
	EXPECT_TRUE(exists(ref.path));
}

TEST_F(SnapperDestroyTest, WhatSnapperKeepsIsReported)
{
	const auto ref = create(requestFor(volume));
	snapperd.keeps = true;
	const auto kept = destroy(ref);
	ASSERT_FALSE(kept);
	EXPECT_EQ(kept.error().errnum, EBUSY);
	EXPECT_TRUE(exists(ref.path));
}

TEST_F(SnapperDestroyTest, ARemovedStoreIsNoObstacle)
{
	const auto ref = create(requestFor(volume));
	snapperd.remove("c", 1);
	run("btrfs -q subvolume delete '" + volume + "/.snapshots'");
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
}

class MovedTest : public SnapperDestroyTest {
protected:
	// By its uuid, wherever it lies.
	void expectGone(const SnapshotRef &ref)
	{
		const auto left = btrfs::findAnywhere(asBtrfs(ref));
		ASSERT_TRUE(succeeded(left));
		EXPECT_FALSE(left->has_value()) << **left;
		EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
	}
	std::string old() const { return volume + ".old"; }
	void replaceVolume()
	{
		std::filesystem::rename(volume, old());
		run("btrfs -q subvolume snapshot '" + old() + "' '" + volume + "'");
	}
};

TEST_F(MovedTest, ASnapshotInARenamedStoreIsDeletedWithWhatIsBesideIt)
{
	const auto ref = create(requestFor(volume));
	std::filesystem::rename(volume + "/.snapshots", volume + "/away");
	EXPECT_FALSE(provider.presence(ref)) << "it is neither there nor gone";
	EXPECT_TRUE(succeeded(destroy(ref)));
	expectGone(ref);
	EXPECT_TRUE(std::filesystem::is_empty(volume + "/away"));
}

TEST_F(MovedTest, ASnapshotOfAReplacedVolumeIsDeleted)
{
	const auto ref = create(requestFor(volume));
	replaceVolume();
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_TRUE(succeeded(destroy(ref)));
	expectGone(ref);
	EXPECT_TRUE(std::filesystem::is_empty(old() + "/.snapshots"));
	EXPECT_TRUE(succeeded(destroy(ref))) << "what is gone is gone";
}

TEST_F(MovedTest, ASnapshotThatWasTakenOutOfSnappersStoreIsDeleted)
{
	const auto ref = create(requestFor(volume));
	run("btrfs property set '" + ref.path + "' ro false");
	std::filesystem::rename(ref.path, volume + "/taken");
	EXPECT_TRUE(succeeded(destroy(ref)));
	expectGone(ref);
	EXPECT_FALSE(exists(volume + "/taken"));
	EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(MovedTest, OneWhoseIdWasTakenOffIsNotTouchedThereEither)
{
	const auto ref = create(requestFor(volume));
	write(ref.path.substr(0, ref.path.rfind('/')) + "/info.xml", "<snapshot/>\n");
	replaceVolume();
	const auto refused = destroy(ref);
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().errnum, EPERM);
	EXPECT_TRUE(exists(old() + "/.snapshots/1/snapshot"));
}

TEST_F(MovedTest, OneThatIsMountedStays)
{
	const auto ref = create(requestFor(volume));
	replaceVolume();
	const auto place = volume + ".mounted";
	std::filesystem::create_directory(place);
	run("mount --bind '" + old() + "/.snapshots/1/snapshot' '" + place + "'");
	const auto refused = destroy(ref);
	run("umount '" + place + "'");
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().errnum, EBUSY);
	EXPECT_TRUE(succeeded(destroy(ref)));
	expectGone(ref);
}

TEST_F(MovedTest, AnothersSnapshotInItsPlaceStays)
{
	auto ref = create(requestFor(volume));
	replaceVolume();
	ref.uuid = "11111111-2222-3333-4444-555555555555";
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(exists(old() + "/.snapshots/1/snapshot"));
}

} // namespace
} // namespace fss
