// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/LayeredStore.h"

#include "testing/FakeStore.h"
#include "testing/Printing.h"

#include <gtest/gtest.h>

namespace fss {
namespace {

using Step = FakeStore::Step;

class LayeredStoreTest : public testing::Test {
protected:
	/// What a process does: changes in one transaction.
	Result<void> write(const std::string &key, const std::string &value, Durability durability)
	{
		LayeredStore store(working, disk);
		if (auto begun = store.begin(); !begun)
			return begun;
		if (auto put = store.put(key, value); !put) {
			store.cancel();
			return put;
		}
		return store.commit(durability);
	}
	Result<void> erase(const std::string &key, Durability durability)
	{
		LayeredStore store(working, disk);
		EXPECT_TRUE(succeeded(store.begin()));
		EXPECT_TRUE(succeeded(store.erase(key)));
		return store.commit(durability);
	}
	std::optional<std::string> read(const std::string &key)
	{
		LayeredStore store(working, disk);
		EXPECT_TRUE(succeeded(store.begin()));
		auto value = store.fetch(key);
		store.cancel();
		EXPECT_TRUE(succeeded(value));
		return *value;
	}
	std::string onDisk(const std::string &key) const
	{
		const auto found = disk.records.find(key);
		return found == disk.records.end() ? "" : found->second;
	}
	void powerFails() { working.records.clear(); }

	FakeStore working, disk;
};

TEST_F(LayeredStoreTest, WhatIsForThisBootDoesNotReachTheDisk)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::ThisBoot)));
	EXPECT_EQ(read("a"), "1");
	EXPECT_EQ(disk.commits, 0U);
	powerFails();
	EXPECT_EQ(read("a"), std::nullopt);
}

TEST_F(LayeredStoreTest, WhatIsForTheDiskOutlivesAPowerFailure)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	powerFails();
	EXPECT_EQ(read("a"), "1");
}

TEST_F(LayeredStoreTest, WhatChangedBeforeGoesToDiskWithIt)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::ThisBoot)));
	ASSERT_TRUE(succeeded(write("b", "2", Durability::Disk)));
	powerFails();
	EXPECT_EQ(read("a"), "1");
	EXPECT_EQ(read("b"), "2");
}

TEST_F(LayeredStoreTest, WhatWasErasedBeforeIsErasedOnDiskWithIt)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	ASSERT_TRUE(succeeded(erase("a", Durability::ThisBoot)));
	EXPECT_EQ(onDisk("a"), "1");
	ASSERT_TRUE(succeeded(write("b", "2", Durability::Disk)));
	EXPECT_EQ(onDisk("a"), "");
	powerFails();
	EXPECT_EQ(read("a"), std::nullopt);
}

TEST_F(LayeredStoreTest, ATransactionWithoutChangesWritesNothing)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::ThisBoot)));
	const auto before = working.records;
	LayeredStore store(working, disk);
	ASSERT_TRUE(succeeded(store.begin()));
	ASSERT_TRUE(succeeded(store.commit(Durability::ThisBoot)));
	EXPECT_EQ(working.records, before);
	EXPECT_EQ(disk.commits, 0U);
}

TEST_F(LayeredStoreTest, WhatIsOnDiskAlreadyIsNotWrittenAgain)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::ThisBoot)));
	for (int i = 0; i < 2; i++) {
		LayeredStore store(working, disk);
		ASSERT_TRUE(succeeded(store.begin()));
		ASSERT_TRUE(succeeded(store.commit(Durability::Disk)));
		EXPECT_EQ(disk.commits, 1U);
	}
	EXPECT_EQ(onDisk("a"), "1");
}

TEST_F(LayeredStoreTest, ACancelledTransactionChangesNothing)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	LayeredStore store(working, disk);
	ASSERT_TRUE(succeeded(store.begin()));
	ASSERT_TRUE(succeeded(store.put("a", "2")));
	store.cancel();
	EXPECT_EQ(read("a"), "1");
	EXPECT_EQ(onDisk("a"), "1");
}

TEST_F(LayeredStoreTest, ADiskThatCannotBeWrittenLeavesBothAsTheyWere)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	for (const auto step : {Step::Begin, Step::Put, Step::Commit}) {
		disk.fails = [step](Step current, const std::string &) { return current == step; };
		EXPECT_FALSE(write("a", "2", Durability::Disk));
		disk.fails = nullptr;
		EXPECT_EQ(read("a"), "1");
		EXPECT_EQ(onDisk("a"), "1");
	}
	ASSERT_TRUE(succeeded(write("a", "3", Durability::Disk)));
	EXPECT_EQ(onDisk("a"), "3");
}

TEST_F(LayeredStoreTest, AfterADeathBetweenTheCommitsWorkingFollowsTheDisk)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	ASSERT_TRUE(succeeded(write("b", "1", Durability::Disk)));
	ASSERT_TRUE(succeeded(write("c", "1", Durability::ThisBoot)));
	const auto before = working.records;
	ASSERT_TRUE(succeeded(write("a", "2", Durability::Disk)));
	working.records = before; // the process died before it came to this
	EXPECT_EQ(read("a"), "2");
	EXPECT_EQ(read("b"), "1");
	EXPECT_EQ(read("c"), "1");
	ASSERT_TRUE(succeeded(erase("a", Durability::Disk)));
	EXPECT_EQ(onDisk("a"), "");
}

TEST_F(LayeredStoreTest, AWorkingStoreThatCannotBeWrittenIsAnErrorAndFollowsLater)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	working.fails = [](Step step, const std::string &) { return step == Step::Commit; };
	EXPECT_FALSE(write("a", "2", Durability::Disk));
	EXPECT_FALSE(write("b", "2", Durability::ThisBoot));
	working.fails = nullptr;
	EXPECT_EQ(read("a"), "2");
	EXPECT_EQ(read("b"), std::nullopt);
}

TEST_F(LayeredStoreTest, ADiskThatCannotBeReadIsAnErrorAndNothingStaysLocked)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	disk.fails = [](Step step, const std::string &) { return step == Step::Fetch; };
	EXPECT_FALSE(write("a", "2", Durability::ThisBoot));
	disk.fails = nullptr;
	EXPECT_EQ(read("a"), "1");
}

TEST_F(LayeredStoreTest, ItsOwnRecordsAreNotSeen)
{
	ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
	ASSERT_TRUE(succeeded(write("b", "1", Durability::ThisBoot)));
	LayeredStore store(working, disk);
	ASSERT_TRUE(succeeded(store.begin()));
	std::set<std::string> keys;
	ASSERT_TRUE(succeeded(
	        store.each([&](std::string_view key, std::string_view) { keys.emplace(key); })));
	store.cancel();
	EXPECT_EQ(keys, (std::set<std::string>{"a", "b"}));
}

TEST_F(LayeredStoreTest, EveryDeathBetweenTwoStepsLeavesBeforeOrAfter)
{
	for (int point = 0;; point++) {
		working.records.clear();
		disk.records.clear();
		ASSERT_TRUE(succeeded(write("a", "1", Durability::Disk)));
		ASSERT_TRUE(succeeded(write("b", "1", Durability::ThisBoot)));
		int steps = 0;
		bool died = false;
		// Nothing that comes after the death reaches the stores.
		const auto dies = [&](Step, const std::string &) {
			return died = died || steps++ == point;
		};
		working.fails = disk.fails = dies;
		const bool done = write("a", "2", Durability::Disk).has_value();
		working.fails = disk.fails = nullptr;
		const auto value = read("a");
		EXPECT_TRUE(value == "2" || (!done && value == "1")) << point;
		EXPECT_EQ(read("b"), "1");
		powerFails();
		EXPECT_EQ(read("a"), value) << point;
		if (!died)
			break;
		ASSERT_LT(point, 100);
	}
}

} // namespace
} // namespace fss
