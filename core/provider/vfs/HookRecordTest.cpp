// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookRecord.h"

#include "base/Owner.h"
#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <cerrno>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace fss {
namespace {

using State = HookRecord::State;
using namespace std::chrono_literals;

const std::string made = R"({"ok":true,"path":"/snapshots/1"})";
const std::string failed =
        R"({"ok":false,"step":"x","status":"NT_STATUS_UNSUCCESSFUL","errno":5,"unsupported":false})";

class HookRecordTest : public testing::Test {
protected:
	Result<HookRecord> open(std::chrono::milliseconds patience = 0ms)
	{
		return HookRecord::open(records, id, std::chrono::steady_clock::now() + patience);
	}
	State stateOf(const std::string &text)
	{
		std::filesystem::create_directories(records);
		chmod(records.c_str(), 0700);
		scratch.write("records/" + id.text(), text);
		auto looked = HookRecord::look(records, id);
		EXPECT_TRUE(succeeded(looked));
		return looked->state;
	}
	std::string file() const { return records + "/" + id.text(); }

	TempDirectory scratch;
	std::string records = scratch.path("records");
	CopyId id = CopyId::random();
	std::string thisBoot = "armed " + Owner::thisBoot() + "\n";
};

TEST_F(HookRecordTest, WithoutOneNothingWasMade)
{
	EXPECT_EQ(HookRecord::look(records, id)->state, State::NotMade);
	EXPECT_EQ(open()->outcome()->state, State::NotMade);
}

TEST_F(HookRecordTest, AllAreListedAndOtherFilesAreNot)
{
	EXPECT_TRUE(HookRecord::list(records)->empty());
	EXPECT_FALSE(std::filesystem::exists(records));
	ASSERT_TRUE(succeeded(open()->arm()));
	scratch.write("records/README", "");
	const auto listed = HookRecord::list(records);
	ASSERT_TRUE(succeeded(listed));
	EXPECT_EQ(*listed, std::vector{id});
}

TEST_F(HookRecordTest, UntilTheHookIsCalledNothingWasMade)
{
	ASSERT_TRUE(succeeded(open()->arm()));
	EXPECT_EQ(HookRecord::look(records, id)->state, State::NotMade);
}

TEST_F(HookRecordTest, WhetherItWasCalledBeforeTheMachineWentDownIsNotKnown)
{
	EXPECT_EQ(stateOf("armed 00000000-0000-0000-0000-000000000000\n"), State::Unknown);
}

TEST_F(HookRecordTest, OfAHookThatWasCutShortNothingIsKnown)
{
	EXPECT_EQ(stateOf(thisBoot + "called\n"), State::Unknown);
	EXPECT_EQ(stateOf(thisBoot + "called\n" + made.substr(0, 20)), State::Unknown);
	EXPECT_EQ(stateOf(thisBoot + "called\n" + made), State::Unknown) << "torn";
	EXPECT_EQ(stateOf(thisBoot + "called\nnonsense\n"), State::Unknown);
	EXPECT_EQ(stateOf(thisBoot + "nonsense\n" + made + "\n"), State::Unknown);
	EXPECT_EQ(stateOf("nonsense\n"), State::Unknown);
}

TEST_F(HookRecordTest, TellsWhereTheSnapshotIs)
{
	EXPECT_EQ(stateOf(thisBoot + "called\n" + made + "\n"), State::Made);
	EXPECT_EQ(open()->outcome()->path, "/snapshots/1");
}

TEST_F(HookRecordTest, AHookThatFailedHasMadeNothing)
{
	EXPECT_EQ(stateOf(thisBoot + "called\n" + failed + "\n"), State::NotMade);
}

TEST_F(HookRecordTest, ToArmForgetsWhatWasBefore)
{
	stateOf(thisBoot + "called\n" + made + "\n");
	ASSERT_TRUE(succeeded(open()->arm()));
	EXPECT_EQ(HookRecord::look(records, id)->state, State::NotMade);
}

TEST_F(HookRecordTest, WhatIsNotKnownIsReportedOnce)
{
	EXPECT_EQ(stateOf(thisBoot + "called\n{\"ok"), State::Unknown);
	ASSERT_TRUE(succeeded(open()->setReported()));
	EXPECT_EQ(HookRecord::look(records, id)->state, State::Reported);
}

TEST_F(HookRecordTest, OneAtATimeHasIt)
{
	std::optional<HookRecord> first(std::move(*open()));
	const auto second = open(50ms);
	ASSERT_TRUE(failedWith(second, HResult::Fail));
	EXPECT_EQ(second.error().errnum, EBUSY);
	const int copy = dup(first->descriptor()); // as a process has it
	first.reset();
	EXPECT_FALSE(open());
	close(copy);
	EXPECT_TRUE(succeeded(open()));
}

TEST_F(HookRecordTest, WhoeverWaitedForOneThatIsRemovedMakesItAnew)
{
	auto first = open();
	ASSERT_TRUE(succeeded(first));
	ASSERT_TRUE(succeeded(first->remove()));
	EXPECT_FALSE(std::filesystem::exists(file()));
	ASSERT_TRUE(succeeded(open()));
	EXPECT_TRUE(std::filesystem::exists(file()));
}

TEST_F(HookRecordTest, ADirectoryThatOthersMayWriteIsRefused)
{
	std::filesystem::create_directories(records);
	chmod(records.c_str(), 0777);
	EXPECT_EQ(open().error().errnum, EPERM);
	EXPECT_EQ(HookRecord::look(records, id).error().errnum, EPERM);
}

TEST_F(HookRecordTest, LinksAreNotFollowed)
{
	const auto other = scratch.write("other", made);
	ASSERT_TRUE(succeeded(open()));
	std::filesystem::remove(file());
	std::filesystem::create_symlink(other, file());
	EXPECT_FALSE(open());
	EXPECT_FALSE(HookRecord::look(records, id));
	std::filesystem::rename(records, scratch.path("elsewhere"));
	std::filesystem::create_directory_symlink(scratch.path("elsewhere"), records);
	EXPECT_FALSE(open());
}

} // namespace
} // namespace fss
