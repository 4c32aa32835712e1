// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/GateDoor.h"
#include "gate/SharedGate.h"
#include "testing/Printing.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace fss {
namespace {

using namespace std::chrono_literals;

/// Gates in a directory of their own.
class GateTest : public testing::Test {
protected:
	void SetUp() override
	{
		char pattern[] = "/tmp/fss-gate-XXXXXX";
		ASSERT_NE(mkdtemp(pattern), nullptr);
		parent = pattern;
		directory = parent + "/gate";
	}
	void TearDown() override { std::filesystem::remove_all(parent); }

	GateDoor door(WriterProcess &process, const VolumeId &volume = "btrfs:f:256") const
	{
		auto opened = GateDoor::open(process, directory, volume);
		EXPECT_TRUE(succeeded(opened));
		return std::move(*opened);
	}
	Result<std::unique_ptr<WriteHold>> hold(Clock::Duration limit = 10s,
	                                        std::vector<VolumeId> volumes = {"btrfs:f:256"})
	{
		return SharedGate(directory).hold(volumes, limit);
	}
	/// Runs fn in a child process, which ends by itself or by the signal.
	template <class Fn> static pid_t child(Fn fn)
	{
		const pid_t pid = fork();
		if (pid == 0) {
			fn();
			_exit(0);
		}
		return pid;
	}
	std::vector<std::string> files() const
	{
		std::vector<std::string> names;
		for (const auto &entry : std::filesystem::directory_iterator(directory))
			names.push_back(entry.path().filename());
		return names;
	}
	static void kill9(pid_t pid)
	{
		kill(pid, SIGKILL);
		waitpid(pid, nullptr, 0);
	}

	std::string parent;
	std::string directory;
	WriterProcess process;
};

TEST_F(GateTest, AnOpenGateLetsEverybodyThrough)
{
	auto mine = door(process);
	for (int i = 0; i < 3; i++) {
		mine.enter();
		mine.leave();
	}
	EXPECT_TRUE(mine.tryEnterPending());
	mine.leavePending();
	EXPECT_EQ(process.nested + process.pending, 0U);
}

TEST_F(GateTest, AHoldWaitsForChangesUnderWay)
{
	auto mine = door(process);
	mine.enter();
	std::atomic<bool> left = false;
	std::jthread writer([&] {
		std::this_thread::sleep_for(50ms);
		left = true;
		mine.leave();
	});
	const auto held = hold();
	ASSERT_TRUE(succeeded(held));
	EXPECT_TRUE(left);
	EXPECT_TRUE(succeeded((*held)->release()));
}

TEST_F(GateTest, AHeldWriterGoesOnWhenTheHoldEnds)
{
	auto mine = door(process);
	auto held = hold();
	ASSERT_TRUE(succeeded(held));
	std::atomic<bool> entered = false;
	std::jthread writer([&] {
		mine.enter();
		entered = true;
		mine.leave();
	});
	std::this_thread::sleep_for(50ms);
	EXPECT_FALSE(entered);
	EXPECT_TRUE(succeeded((*held)->release()));
	writer.join();
	EXPECT_TRUE(entered);
}

TEST_F(GateTest, TheEndOfAHoldThatWasNotReleasedOpensTheGateToo)
{
	auto mine = door(process);
	hold()->reset();
	EXPECT_TRUE(mine.tryEnterPending());
	mine.leavePending();
}

TEST_F(GateTest, OnlyTheVolumesOfTheHoldAreHeld)
{
	auto mine = door(process, "btrfs:f:257");
	const auto held = hold(10s, {"btrfs:f:256", "btrfs:f:258"});
	ASSERT_TRUE(succeeded(held));
	EXPECT_TRUE(mine.tryEnterPending());
	mine.leavePending();
}

TEST_F(GateTest, AChangeWithinAChangeDoesNotWait)
{
	auto mine = door(process);
	auto other = door(process, "btrfs:f:257");
	mine.enter();
	std::jthread holder([this] {
		auto held = hold(10s, {"btrfs:f:256", "btrfs:f:257"});
		EXPECT_TRUE(succeeded(held));
	});
	std::this_thread::sleep_for(50ms);
	mine.enter();
	other.enter();
	other.leave();
	mine.leave();
	mine.leave();
}

TEST_F(GateTest, AProcessWithAPendingChangeDoesNotWait)
{
	auto mine = door(process);
	ASSERT_TRUE(mine.tryEnterPending());
	std::jthread holder([this] { EXPECT_TRUE(succeeded(hold())); });
	while (mine.tryEnterPending()) // until it is closed: a further one has to wait
		mine.leavePending();
	const auto start = gateNow();
	mine.enter(); // the pending one ends on this thread only after this
	EXPECT_LT(gateNow() - start, 40'000'000U);
	mine.leave();
	mine.leavePending();
}

TEST_F(GateTest, AProcessWithAPendingChangeThatNobodyWaitsForWaits)
{
	auto mine = door(process);
	auto elsewhere = door(process, "btrfs:f:257");
	ASSERT_TRUE(elsewhere.tryEnterPending());
	auto held = hold();
	ASSERT_TRUE(succeeded(held));
	std::atomic<bool> entered = false;
	std::jthread writer([&] {
		mine.enter();
		entered = true;
		mine.leave();
	});
	std::this_thread::sleep_for(50ms);
	EXPECT_FALSE(entered);
	EXPECT_TRUE(succeeded((*held)->release()));
	writer.join();
	elsewhere.leavePending();
}

TEST_F(GateTest, AProcessThatWaitsGoesOnWhenAHoldBeginsThatWaitsForIt)
{
	auto mine = door(process);
	auto elsewhere = door(process, "btrfs:f:257");
	ASSERT_TRUE(elsewhere.tryEnterPending());
	auto held = hold();
	ASSERT_TRUE(succeeded(held));
	std::jthread holder([this] { EXPECT_TRUE(succeeded(hold(10s, {"btrfs:f:257"}))); });
	mine.enter();
	EXPECT_TRUE(succeeded((*held)->release())) << "it did not end before";
	mine.leave();
	elsewhere.leavePending();
}

TEST_F(GateTest, AWaitingWriterMayHaveWhatAChangeUnderWayNeeds)
{
	WriterProcess other;
	auto mine = door(process);
	auto theirs = door(other);
	std::mutex needed;
	mine.enter();
	needed.lock();
	std::jthread holder([this] {
		const auto start = gateNow();
		EXPECT_TRUE(succeeded(hold()));
		EXPECT_LT(gateNow() - start, 2'000'000'000U);
	});
	while (theirs.tryEnterPending())
		theirs.leavePending();
	std::jthread underWay([&] {
		const std::lock_guard lock(needed);
		mine.leave();
	});
	theirs.enter();
	needed.unlock();
	theirs.leave();
}

TEST_F(GateTest, WritersGoOnAtTheDeadlineAndTheHoldFails)
{
	auto mine = door(process);
	const auto start = gateNow();
	auto held = hold(200ms);
	ASSERT_TRUE(succeeded(held));
	mine.enter();
	EXPECT_GE(gateNow() - start, 200'000'000U);
	mine.leave();
	EXPECT_TRUE(failedWith((*held)->release(), HResult::CommitTimeout));
}

TEST_F(GateTest, AChangeThatDoesNotEndFailsTheHoldAndNamesItsProcess)
{
	auto mine = door(process);
	mine.enter();
	const auto held = hold(100ms);
	ASSERT_TRUE(failedWith(held, HResult::CommitTimeout));
	EXPECT_NE(held.error().text().find(std::to_string(getpid())), std::string::npos);
	WriterProcess another;
	auto second = door(another);
	EXPECT_TRUE(second.tryEnterPending()) << "nobody is held after it";
	second.leavePending();
	mine.leave();
}

TEST_F(GateTest, AHoldWaitsForAnotherAndFailsWhenItLastsTooLong)
{
	auto mine = door(process);
	auto first = hold();
	ASSERT_TRUE(succeeded(first));
	EXPECT_TRUE(failedWith(hold(50ms), HResult::CommitTimeout));
	std::jthread waiting([this] { EXPECT_TRUE(succeeded(hold())); });
	std::this_thread::sleep_for(20ms);
	EXPECT_TRUE(succeeded((*first)->release()));
}

TEST_F(GateTest, ADeadWritersChangeDoesNotCount)
{
	const auto pid = child([this] {
		WriterProcess own;
		auto mine = door(own);
		mine.enter();
		pause();
	});
	std::this_thread::sleep_for(200ms);
	kill9(pid);
	EXPECT_TRUE(succeeded(hold(1s)));
}

TEST_F(GateTest, ADeadWritersSlotIsUsedAgain)
{
	for (int i = 0; i < 3; i++) {
		const auto pid = child([this] {
			WriterProcess own;
			auto mine = door(own);
			mine.enter();
			pause();
		});
		std::this_thread::sleep_for(100ms);
		kill9(pid);
	}
	auto mine = door(process);
	EXPECT_EQ(GateFile::open(directory, "btrfs:f:256")->slotCount(), 1U);
}

TEST_F(GateTest, WritersGoOnSoonAfterTheirHoldersDeath)
{
	auto mine = door(process);
	const auto pid = child([this] {
		auto held = hold();
		pause();
	});
	std::this_thread::sleep_for(200ms);
	ASSERT_FALSE(mine.tryEnterPending());
	std::jthread killer([pid] {
		std::this_thread::sleep_for(100ms);
		kill9(pid);
	});
	const auto start = gateNow();
	mine.enter();
	EXPECT_LT(gateNow() - start, 2'000'000'000U);
	mine.leave();
	killer.join();
	EXPECT_TRUE(mine.tryEnterPending());
	mine.leavePending();
	EXPECT_TRUE(succeeded(hold()));
}

TEST_F(GateTest, AFileOfAnEarlierBootIsMadeAnew)
{
	{
		auto mine = door(process);
	}
	const auto path = directory + "/btrfs_f_256.v1";
	const int fd = open(path.c_str(), O_WRONLY);
	ASSERT_EQ(pwrite(fd, "0000", 4, 12), 4);                             // its boot id
	ASSERT_EQ(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, 64), 8); // closed
	close(fd);
	auto mine = door(process);
	EXPECT_TRUE(mine.tryEnterPending());
	mine.leavePending();
}

// --------------------------------------------------------------- the files

TEST_F(GateTest, AHoldMakesNoFilesAndRemovesThoseThatNobodyUses)
{
	EXPECT_TRUE(succeeded((*hold())->release()));
	EXPECT_FALSE(std::filesystem::exists(directory));
	{
		auto gone = door(process, "btrfs:f:300");
	}
	auto mine = door(process);
	EXPECT_THAT(files(), testing::UnorderedElementsAre("btrfs_f_300.v1", "btrfs_f_256.v1"));
	EXPECT_TRUE(succeeded((*hold(10s, {"btrfs:f:256", "btrfs:f:257"}))->release()));
	EXPECT_THAT(files(), testing::ElementsAre("btrfs_f_256.v1"));
}

TEST_F(GateTest, FilesOfDeadWritersAreRemovedAndHeldOnesStay)
{
	kill9(child([this] {
		WriterProcess own;
		auto mine = door(own, "btrfs:f:301");
		kill(getpid(), SIGKILL);
	}));
	std::optional<GateDoor> left = door(process, "btrfs:f:302");
	auto held = hold(10s, {"btrfs:f:302"});
	ASSERT_TRUE(succeeded(held));
	left.reset();
	EXPECT_TRUE(succeeded((*hold())->release()));
	EXPECT_THAT(files(), testing::ElementsAre("btrfs_f_302.v1"));
	EXPECT_TRUE(succeeded((*held)->release()));
	EXPECT_TRUE(succeeded((*hold())->release()));
	EXPECT_TRUE(files().empty());
}

TEST_F(GateTest, AFirstWriterDuringTheHoldHasTheSnapshotsMadeAgain)
{
	auto held = hold();
	ASSERT_TRUE(succeeded(held));
	auto mine = door(process);
	const auto released = (*held)->release();
	ASSERT_TRUE(failedWith(released, HResult::Fail));
	EXPECT_EQ(released.error().errnum, EAGAIN);
	EXPECT_TRUE(succeeded((*hold())->release()));
}

TEST_F(GateTest, AHoldOfManyVolumesNeedsNoFilesForThem)
{
	std::vector<VolumeId> volumes;
	for (int i = 0; i < 9000; i++)
		volumes.push_back("btrfs:f:" + std::to_string(1000 + i));
	auto mine = door(process, volumes[4000]);
	auto held = hold(10s, volumes);
	ASSERT_TRUE(succeeded(held));
	EXPECT_FALSE(mine.tryEnterPending());
	EXPECT_TRUE(succeeded((*held)->release()));
	EXPECT_EQ(files().size(), 1U);
}

TEST_F(GateTest, WritersComeAndGoWhileFilesAreRemoved)
{
	std::atomic<bool> end = false;
	std::jthread remover([&] {
		while (!end)
			GateFile::removeUnused(directory);
	});
	for (int i = 0; i < 2000; i++) {
		auto mine = door(process);
		ASSERT_EQ(files().size(), 1U) << "a writer's file stays";
	}
	end = true;
}

// ---------------------------------------------------- files that are damaged

class DamagedGate : public GateTest {
protected:
	std::string file() const { return directory + "/btrfs_f_256.v1"; }
	void cut(off_t length) const { ASSERT_EQ(truncate(file().c_str(), length), 0); }
	void overwrite() const { std::ofstream(file()) << "something else, but not a gate"; }
	/// As when that time has passed since it was put aside.
	void age(std::chrono::seconds time) const
	{
		for (const auto &name : files())
			if (name.find("lost") != name.npos)
				std::filesystem::last_write_time(
				        directory + "/" + name,
				        std::filesystem::file_time_type::clock::now() - time);
	}
	/// Whether a door is held by a hold.
	void expectHeld(GateDoor &door)
	{
		auto held = hold();
		ASSERT_TRUE(succeeded(held));
		EXPECT_FALSE(door.tryEnterPending());
		EXPECT_TRUE(succeeded((*held)->release()));
		EXPECT_TRUE(door.tryEnterPending());
		door.leavePending();
	}
};

TEST_F(DamagedGate, AWriterComesBackWithItsNextChangeAndIsHeld)
{
	for (const off_t length : {0, 100, 4096}) {
		int told = 0;
		std::optional<GateDoor> mine;
		auto opened = GateDoor::open(process, directory, "btrfs:f:256", [&] {
			told++;
			EXPECT_TRUE(succeeded(mine->rejoin()));
		});
		mine.emplace(std::move(*opened));
		mine->enter();
		cut(length);
		mine->enter(); // within the first
		mine->leave();
		mine->leave();
		(void)hold(); // finds what none of this process has noticed
		mine->enter();
		mine->leave();
		EXPECT_EQ(told, 1) << length;
		expectHeld(*mine);
		EXPECT_EQ(told, 1) << length;
		EXPECT_THAT(files(), testing::ElementsAre("btrfs_f_256.v1")) << length;
	}
}

TEST_F(DamagedGate, AWriterComesBackWithAChangeThatEndsLaterToo)
{
	auto mine = door(process);
	ASSERT_TRUE(mine.tryEnterPending());
	cut(0);
	ASSERT_TRUE(mine.tryEnterPending());
	EXPECT_TRUE(failedWith(hold(100ms), HResult::CommitTimeout)) << "both are under way";
	mine.leavePending();
	EXPECT_TRUE(failedWith(hold(100ms), HResult::CommitTimeout)) << "one is";
	mine.leavePending();
	expectHeld(mine);
}

TEST_F(DamagedGate, WhileAWriterHasNotComeBackNothingIsHeld)
{
	auto idle = door(process);
	auto mine = door(process);
	cut(0);
	const auto held = hold();
	ASSERT_TRUE(failedWith(held, HResult::Fail));
	EXPECT_NE(held.error().errnum, EAGAIN) << "it takes longer than some tries";
	EXPECT_NE(held.error().text().find(directory), std::string::npos);
	EXPECT_TRUE(succeeded(hold(10s, {"btrfs:f:257"}))) << "of other volumes it does";
	mine.enter();
	mine.leave();
	EXPECT_TRUE(failedWith(hold(), HResult::Fail)) << "one is in the old file still";
	age(50s);
	EXPECT_TRUE(failedWith(hold(), HResult::Fail));
	age(70s);
	expectHeld(mine);
	EXPECT_EQ(files().size(), 2U);
	idle.enter();
	idle.leave();
	expectHeld(idle);
	EXPECT_EQ(files().size(), 1U);
}

TEST_F(DamagedGate, AWriterWhoIsOutsideForLongHasAllSetsFail)
{
	int tried = 0;
	std::optional<GateDoor> mine;
	auto opened = GateDoor::open(process, directory, "btrfs:f:256", [&] {
		tried++;
		chmod(directory.c_str(), 0777); // keeps everybody from joining
		EXPECT_FALSE(mine->rejoin());
		chmod(directory.c_str(), 0700);
	});
	mine.emplace(std::move(*opened));
	cut(0);
	EXPECT_FALSE(hold());
	age(70s);
	for (int i = 0; i < 3; i++) {
		mine->enter();
		mine->leave();
		EXPECT_TRUE(mine->tryEnterPending());
		mine->leavePending();
	}
	EXPECT_EQ(tried, 1) << "not with each change";
	EXPECT_TRUE(failedWith(hold(), HResult::Fail)) << "it was outside just now";
}

TEST_F(DamagedGate, AWriterWhoDiesIsNotWaitedFor)
{
	const auto pid = child([this] {
		WriterProcess own;
		auto mine = door(own);
		pause();
	});
	std::this_thread::sleep_for(200ms);
	cut(0);
	EXPECT_FALSE(hold());
	kill9(pid);
	EXPECT_TRUE(succeeded(hold()));
	EXPECT_TRUE(files().empty());
}

TEST_F(DamagedGate, AFileThatIsOverwrittenIsNoticedByAll)
{
	auto mine = door(process);
	overwrite();
	EXPECT_FALSE(hold());
	mine.enter();
	mine.leave();
	expectHeld(mine);
}

TEST_F(DamagedGate, AHoldDuringWhichItHappensFails)
{
	auto mine = door(process);
	for (const off_t length : {0, 4096}) {
		auto held = hold();
		ASSERT_TRUE(succeeded(held));
		cut(length);
		const auto released = (*held)->release();
		ASSERT_TRUE(failedWith(released, HResult::Fail));
		EXPECT_EQ(released.error().errnum, EAGAIN);
		(void)hold();
		mine.enter();
		mine.leave();
		expectHeld(mine);
	}
}

TEST_F(GateTest, ABusErrorElsewhereIsFatalAsBefore)
{
	auto mine = door(process);
	const auto path = parent + "/file";
	const pid_t pid = child([&] {
		const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
		auto *memory = static_cast<volatile char *>(
		        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
		memory[0] = 1;
	});
	int status = 0;
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	// A sanitizer's own handler, which was there before, reports and exits.
	EXPECT_TRUE((WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS) ||
	            (WIFEXITED(status) && WEXITSTATUS(status) != 0));
}

TEST_F(GateTest, ADirectoryThatOthersMayWriteIsRefused)
{
	std::filesystem::create_directory(directory);
	chmod(directory.c_str(), 0777);
	EXPECT_FALSE(GateDoor::open(process, directory, "btrfs:f:256"));
	EXPECT_FALSE(hold());
}

TEST_F(GateTest, ALinkInTheDirectorysPlaceIsRefused)
{
	std::filesystem::create_directory(parent + "/elsewhere");
	std::filesystem::create_symlink(parent + "/elsewhere", directory);
	EXPECT_FALSE(GateDoor::open(process, directory, "btrfs:f:256"));
}

TEST_F(GateTest, ManyWritersAreInOrOutButNeverInDuringAHold)
{
	constexpr int writers = 8;
	std::atomic<int> inside = 0;
	std::atomic<int> joined = 0;
	std::atomic<bool> end = false;
	std::vector<std::jthread> threads;
	for (int i = 0; i < writers; i++)
		threads.emplace_back([&] {
			WriterProcess own;
			auto mine = door(own);
			joined++;
			while (!end) {
				mine.enter();
				inside++;
				inside--;
				mine.leave();
			}
		});
	while (joined < writers)
		std::this_thread::yield();
	for (int i = 0; i < 200; i++) {
		auto held = hold();
		ASSERT_TRUE(succeeded(held));
		EXPECT_EQ(inside, 0);
		std::this_thread::yield();
		EXPECT_EQ(inside, 0);
		EXPECT_TRUE(succeeded((*held)->release()));
	}
	end = true;
}

} // namespace
} // namespace fss
