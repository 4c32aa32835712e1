// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Journal.h"

#include "store/Record.h"
#include "testing/FakeHost.h"
#include "testing/FakeStore.h"
#include "testing/Printing.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <random>

namespace fss {
namespace {

using Step = FakeStore::Step;
using testing::ElementsAre;
using testing::IsEmpty;

class JournalTest : public testing::Test {
protected:
	FakeStore store;
	FakeHost host;
	Journal journal{store, host};

	static ShadowCopySet makeSet(Status status, const std::vector<std::string> &volumes)
	{
		ShadowCopySet set;
		set.id = SetId::random();
		set.status = status;
		for (const auto &volume : volumes) {
			auto &copy = set.copies.emplace_back();
			copy.id = CopyId::random();
			copy.volume.id = volume;
			copy.mappings.emplace_back().share = "share of " + volume;
		}
		return set;
	}

	void save(const ShadowCopySet &set)
	{
		auto transaction = journal.begin();
		ASSERT_TRUE(succeeded(transaction));
		ASSERT_TRUE(succeeded(transaction->save(set)));
		ASSERT_TRUE(succeeded(transaction->commit()));
	}

	std::optional<ShadowCopySet> find(const SetId &id)
	{
		auto transaction = journal.begin();
		EXPECT_TRUE(succeeded(transaction));
		auto set = transaction->find(id);
		EXPECT_TRUE(succeeded(set));
		EXPECT_TRUE(succeeded(transaction->commit()));
		return *set;
	}

	VolumeUse use(const VolumeId &volume)
	{
		auto transaction = journal.begin();
		EXPECT_TRUE(succeeded(transaction));
		auto found = transaction->use(volume);
		EXPECT_TRUE(succeeded(found));
		EXPECT_TRUE(succeeded(transaction->commit()));
		return *found;
	}

	std::vector<SetId> attention()
	{
		auto transaction = journal.begin();
		EXPECT_TRUE(succeeded(transaction));
		return transaction->state().attention;
	}

	static std::string keyOf(const ShadowCopySet &set) { return "set/" + set.id.text(); }

	// What is derived is what the sets say.
	void expectTrueIndexes()
	{
		std::map<std::string, VolumeUse> uses;
		std::vector<std::string> needed;
		std::map<std::string, VolumeUse> stored;
		for (const auto &[key, value] : store.records) {
			if (key.starts_with("volume/"))
				stored[key.substr(7)] = record::decodeVolumeUse(value).value();
			if (!key.starts_with("set/"))
				continue;
			const auto set = record::decodeSet(value);
			if (!set)
				continue;
			if (set->needsAttention())
				needed.push_back(set->id.text());
			for (const auto &copy : set->copies) {
				if (set->undoing || copy.deleting)
					continue;
				uses[copy.volume.id].copies++;
				if (set->holdsSnapshots())
					uses[copy.volume.id].shadowed++;
			}
		}
		EXPECT_EQ(stored, uses);
		std::vector<std::string> listed;
		const auto state = record::decodeState(store.records.at("state")).value();
		for (const auto &id : state.attention)
			listed.push_back(id.text());
		EXPECT_THAT(listed, testing::UnorderedElementsAreArray(needed));
	}
};

TEST_F(JournalTest, KeepsASet)
{
	const auto set = makeSet(Status::Added, {"v1"});
	save(set);
	const auto found = find(set.id);
	ASSERT_TRUE(found);
	EXPECT_EQ(record::encode(*found), record::encode(set));
	EXPECT_FALSE(find(SetId::random()));
}

TEST_F(JournalTest, ForgetsWhatIsNotCommitted)
{
	const auto set = makeSet(Status::Added, {"v1"});
	{
		auto transaction = journal.begin();
		ASSERT_TRUE(succeeded(transaction->save(set)));
	}
	EXPECT_THAT(store.records, IsEmpty());
	EXPECT_FALSE(find(set.id));
}

TEST_F(JournalTest, SeesItsOwnChangesBeforeTheCommit)
{
	auto set = makeSet(Status::Added, {"v1"});
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(transaction->save(set)));
	EXPECT_TRUE(transaction->find(set.id)->has_value());
	EXPECT_EQ(transaction->use("v1")->copies, 1U);
	ASSERT_TRUE(succeeded(transaction->erase(set.id)));
	EXPECT_FALSE(transaction->find(set.id)->has_value());
	EXPECT_EQ(transaction->use("v1")->copies, 0U);
}

TEST_F(JournalTest, KeepsTheServersState)
{
	auto transaction = journal.begin();
	transaction->state().workers.push_back(Owner::self());
	ASSERT_TRUE(succeeded(transaction->commit()));
	auto again = journal.begin();
	EXPECT_THAT(again->state().workers, ElementsAre(Owner::self()));
}

TEST_F(JournalTest, WritesNothingWhereNothingChanged)
{
	save(makeSet(Status::Added, {"v1"}));
	const auto before = store.records;
	bool wrote = false;
	store.fails = [&](Step step, const std::string &) {
		wrote = wrote || step == Step::Put || step == Step::Erase;
		return false;
	};
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(transaction->commit()));
	EXPECT_FALSE(wrote);
	EXPECT_EQ(store.records, before);
}

TEST_F(JournalTest, AMovedFromTransactionDoesNotCancelTheOther)
{
	const auto set = makeSet(Status::Added, {"v1"});
	auto first = journal.begin();
	{
		Journal::Transaction second(std::move(*first));
		ASSERT_TRUE(succeeded(second.save(set)));
		ASSERT_TRUE(succeeded(second.commit()));
	}
	EXPECT_TRUE(store.records.contains(keyOf(set)));
}

TEST_F(JournalTest, CountsCopiesOfAVolumeOverAllSets)
{
	save(makeSet(Status::Added, {"v1", "v2"}));
	save(makeSet(Status::Recovered, {"v1"}));
	EXPECT_EQ(use("v1"), (VolumeUse{2, 1}));
	EXPECT_EQ(use("v2"), (VolumeUse{1, 0}));
	EXPECT_EQ(use("v3"), VolumeUse());
}

TEST_F(JournalTest, DoesNotCountWhatIsBeingRemoved)
{
	auto undone = makeSet(Status::Recovered, {"v1", "v2"});
	auto deleted = makeSet(Status::Recovered, {"v1", "v2"});
	save(undone);
	save(deleted);
	undone.undoing = true;
	deleted.copies[0].deleting = true;
	save(undone);
	save(deleted);
	EXPECT_EQ(use("v1"), VolumeUse());
	EXPECT_EQ(use("v2"), (VolumeUse{1, 1}));
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(transaction->rebuild()));
	ASSERT_TRUE(succeeded(transaction->erase(undone.id)));
	ASSERT_TRUE(succeeded(transaction->commit()));
	EXPECT_EQ(use("v1"), VolumeUse());
	EXPECT_EQ(use("v2"), (VolumeUse{1, 1})) << "nor does its end count twice";
}

TEST_F(JournalTest, ForgetsAVolumeThatHasNoCopies)
{
	const auto set = makeSet(Status::Added, {"v1"});
	save(set);
	EXPECT_TRUE(store.records.contains("volume/v1"));
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(transaction->erase(set.id)));
	ASSERT_TRUE(succeeded(transaction->commit()));
	EXPECT_FALSE(store.records.contains("volume/v1"));
}

TEST_F(JournalTest, ListsSetsThatNeedAttentionOnly)
{
	auto set = makeSet(Status::Exposed, {"v1"});
	save(set);
	EXPECT_THAT(attention(), ElementsAre(set.id));
	set.status = Status::Recovered;
	save(set);
	EXPECT_THAT(attention(), IsEmpty());
	set.job = Job{Job::Kind::Delete, Owner::self()};
	save(set);
	EXPECT_THAT(attention(), ElementsAre(set.id));
}

TEST_F(JournalTest, KeepsIndexesTrueAfterAnySequence)
{
	std::mt19937 random(42);
	std::vector<ShadowCopySet> sets;
	const std::vector<std::string> volumes{"v1", "v2", "v3"};
	const auto statusOf = [&] { return static_cast<Status>(random() % 6); };
	for (int step = 0; step < 2'000; step++) {
		auto transaction = journal.begin();
		ASSERT_TRUE(succeeded(transaction));
		auto after = sets;
		for (auto changes = random() % 3 + 1; changes > 0; changes--) {
			const auto what = random() % 6;
			if (after.empty() || what == 0) {
				after.push_back(makeSet(statusOf(), {volumes[random() % 3]}));
				ASSERT_TRUE(succeeded(transaction->save(after.back())));
				continue;
			}
			const auto at = random() % after.size();
			if (what == 1) {
				ASSERT_TRUE(succeeded(transaction->erase(after[at].id)));
				after.erase(after.begin() + static_cast<std::ptrdiff_t>(at));
				continue;
			}
			auto &set = after[at];
			set.status = statusOf();
			set.undoing = random() % 4 == 0;
			if (random() % 3 == 0)
				set.copies =
				        makeSet(set.status, {"v1", volumes[random() % 3]}).copies;
			if (!set.copies.empty() && random() % 3 == 0)
				set.copies[0].deleting = !set.copies[0].deleting;
			if (random() % 5 == 0)
				set.copies.clear();
			ASSERT_TRUE(succeeded(transaction->save(set)));
		}
		if (random() % 5 == 0)
			continue; // given up: nothing of it may stay
		ASSERT_TRUE(succeeded(transaction->commit()));
		sets = after;
		expectTrueIndexes();
	}
	EXPECT_GT(sets.size(), 0U);
}

TEST_F(JournalTest, CostOfACallDoesNotGrowWithTheNumberOfSets)
{
	const auto stepsOfOneRound = [&] {
		size_t steps = 0;
		store.fails = [&](Step step, const std::string &) {
			EXPECT_NE(step, Step::Each);
			steps++;
			return false;
		};
		auto set = makeSet(Status::Recovered, {"v1"});
		save(set);
		use("v1");
		find(set.id);
		store.fails = nullptr;
		return steps;
	};
	save(makeSet(Status::Recovered, {"v1"}));
	const auto few = stepsOfOneRound();
	for (int i = 0; i < 300; i++)
		save(makeSet(Status::Recovered, {"v1"}));
	EXPECT_EQ(stepsOfOneRound(), few);
}

// ------------------------------------------------------------------- damage

TEST_F(JournalTest, SetsADamagedRecordAside)
{
	const auto good = makeSet(Status::Added, {"v1"});
	const auto bad = makeSet(Status::Added, {"v2"});
	save(good);
	save(bad);
	store.records[keyOf(bad)] = "rubbish";
	EXPECT_FALSE(find(bad.id));
	EXPECT_FALSE(store.records.contains(keyOf(bad)));
	EXPECT_EQ(store.records.at("damaged/" + keyOf(bad)), "rubbish");
	EXPECT_TRUE(host.logged(FSS_LOG_ERROR, keyOf(bad)));
	EXPECT_TRUE(find(good.id));
	expectTrueIndexes();
}

TEST_F(JournalTest, SetsARecordUnderAForeignKeyAside)
{
	const auto set = makeSet(Status::Added, {"v1"});
	const auto other = SetId::random();
	save(set);
	store.records["set/" + other.text()] = store.records.at(keyOf(set));
	EXPECT_FALSE(find(other));
	EXPECT_TRUE(find(set.id));
	EXPECT_TRUE(store.records.contains("damaged/set/" + other.text()));
}

TEST_F(JournalTest, ReadsAllSetsDespiteADamagedOne)
{
	const auto good = makeSet(Status::Added, {"v1"});
	save(good);
	const auto bad = makeSet(Status::Added, {"v1"});
	save(bad);
	store.records[keyOf(bad)].back() ^= 1;
	std::vector<SetId> seen;
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(
	        transaction->eachSet([&](const ShadowCopySet &set) { seen.push_back(set.id); })));
	ASSERT_TRUE(succeeded(transaction->commit()));
	EXPECT_THAT(seen, ElementsAre(good.id));
	EXPECT_TRUE(store.records.contains("damaged/" + keyOf(bad)));
}

TEST_F(JournalTest, SavesOverADamagedRecord)
{
	auto set = makeSet(Status::Added, {"v1"});
	save(set);
	store.records[keyOf(set)] = "rubbish";
	save(set);
	EXPECT_TRUE(find(set.id));
	expectTrueIndexes();
}

TEST_F(JournalTest, RebuildsADamagedStateRecord)
{
	const auto waiting = makeSet(Status::Exposed, {"v1"});
	save(waiting);
	save(makeSet(Status::Recovered, {"v1", "v2"}));
	store.records["state"] = "rubbish";
	EXPECT_THAT(attention(), ElementsAre(waiting.id));
	save(makeSet(Status::Recovered, {"v3"}));
	EXPECT_EQ(store.records.at("damaged/state"), "rubbish");
	expectTrueIndexes();
}

TEST_F(JournalTest, RebuildsADamagedVolumeRecord)
{
	save(makeSet(Status::Recovered, {"v1", "v2"}));
	save(makeSet(Status::Added, {"v1"}));
	store.records["volume/v1"] = "rubbish";
	EXPECT_EQ(use("v1"), (VolumeUse{2, 1}));
	EXPECT_TRUE(store.records.contains("damaged/volume/v1"));
	expectTrueIndexes();
}

TEST_F(JournalTest, RebuildsADamagedVolumeRecordInTheMiddleOfAChange)
{
	save(makeSet(Status::Recovered, {"v1", "v2"}));
	for (const char *damaged : {"volume/v1", "volume/v2"}) {
		store.records[damaged] = "rubbish";
		save(makeSet(Status::Recovered, {"v1", "v2"}));
		expectTrueIndexes();
	}
}

TEST_F(JournalTest, StaleVolumeRecordsGoWithARebuild)
{
	save(makeSet(Status::Recovered, {"v1"}));
	store.records["volume/gone"] = record::encode(VolumeUse{3, 3});
	auto transaction = journal.begin();
	ASSERT_TRUE(succeeded(transaction->rebuild()));
	ASSERT_TRUE(succeeded(transaction->commit()));
	EXPECT_FALSE(store.records.contains("volume/gone"));
	expectTrueIndexes();
}

// ------------------------------------------------------------------- faults

TEST_F(JournalTest, SaysThatTheStoreCannotBeginATransaction)
{
	store.fails = [](Step step, const std::string &) { return step == Step::Begin; };
	EXPECT_TRUE(failedWith(journal.begin(), HResult::Fail));
}

TEST_F(JournalTest, AStateThatCannotBeReadEndsTheTransaction)
{
	store.fails = [](Step step, const std::string &) { return step == Step::Fetch; };
	EXPECT_TRUE(failedWith(journal.begin(), HResult::Fail));
	store.fails = nullptr;
	EXPECT_TRUE(succeeded(journal.begin()));
}

TEST_F(JournalTest, NothingIsCommittedAfterAnyFailedStep)
{
	const auto kept = makeSet(Status::Added, {"v1", "v2"});
	const auto erased = makeSet(Status::Added, {"v1"});
	save(kept);
	save(erased);
	const auto before = store.records;
	auto changed = kept;
	changed.status = Status::Recovered;
	changed.copies.pop_back();
	// The k-th store call of the transaction fails, for every k.
	for (size_t k = 0;; k++) {
		size_t calls = 0;
		bool failed = false;
		store.fails = [&](Step, const std::string &) {
			const bool now = calls++ == k;
			failed = failed || now;
			return now;
		};
		auto transaction = journal.begin();
		if (transaction) {
			// A caller that goes on after an error.
			static_cast<void>(transaction->save(changed));
			static_cast<void>(transaction->erase(erased.id));
			static_cast<void>(transaction->save(makeSet(Status::Added, {"v3"})));
			const bool committed = transaction->commit().has_value();
			EXPECT_NE(committed, failed) << "call " << k;
		}
		store.fails = nullptr;
		if (!failed)
			break;
		EXPECT_EQ(store.records, before) << "call " << k;
		ASSERT_LT(k, 100U);
	}
	expectTrueIndexes();
}

TEST_F(JournalTest, NothingIsCommittedAfterARepairThatFailed)
{
	save(makeSet(Status::Added, {"v1"}));
	save(makeSet(Status::Recovered, {"v2"}));
	store.records["volume/v1"] = "rubbish";
	const auto before = store.records;
	for (size_t k = 0;; k++) {
		size_t writes = 0;
		bool failed = false;
		store.fails = [&](Step step, const std::string &) {
			const bool now =
			        step != Step::Begin && step != Step::Commit && writes++ == k;
			failed = failed || now;
			return now;
		};
		auto transaction = journal.begin();
		if (transaction) {
			static_cast<void>(transaction->use("v1"));
			const bool committed = transaction->commit().has_value();
			EXPECT_NE(committed, failed) << "call " << k;
		}
		store.fails = nullptr;
		if (!failed)
			break;
		EXPECT_EQ(store.records, before) << "call " << k;
		ASSERT_LT(k, 100U);
	}
	expectTrueIndexes();
}

TEST_F(JournalTest, AFailedCommitChangesNothing)
{
	const auto set = makeSet(Status::Added, {"v1"});
	{
		auto transaction = journal.begin();
		ASSERT_TRUE(succeeded(transaction->save(set)));
		store.fails = [](Step step, const std::string &) { return step == Step::Commit; };
		EXPECT_TRUE(failedWith(transaction->commit(), HResult::Fail));
	}
	store.fails = nullptr;
	EXPECT_THAT(store.records, IsEmpty());
	EXPECT_TRUE(succeeded(journal.begin()));
}

// ---------------------------------------------------------------- durability

class JournalDurability : public JournalTest {
protected:
	/// Whether that change of a set is to be on disk.
	bool reachesDisk(const ShadowCopySet &set)
	{
		const auto before = store.diskCommits;
		save(set);
		return store.diskCommits > before;
	}
	bool erasureReachesDisk(const SetId &id)
	{
		const auto before = store.diskCommits;
		auto transaction = journal.begin();
		EXPECT_TRUE(succeeded(transaction->erase(id)));
		EXPECT_TRUE(succeeded(transaction->commit()));
		return store.diskCommits > before;
	}
};

TEST_F(JournalDurability, ASetThatHoldsNothingYetIsForThisBoot)
{
	auto set = makeSet(Status::Started, {});
	EXPECT_FALSE(reachesDisk(set));
	set = makeSet(Status::Added, {"a"});
	EXPECT_FALSE(reachesDisk(set));
}

TEST_F(JournalDurability, ASetIsOnDiskFromTheMomentItMayHoldSomething)
{
	auto set = makeSet(Status::Added, {"a"});
	save(set);
	set.onDisk = true;
	EXPECT_TRUE(reachesDisk(set));
	set.status = Status::Committed;
	EXPECT_FALSE(reachesDisk(set));
	set.status = Status::Exposed;
	EXPECT_FALSE(reachesDisk(set));
}

TEST_F(JournalDurability, AFinishedSetIsOnDisk)
{
	auto set = makeSet(Status::Exposed, {"a"});
	set.onDisk = true;
	save(set);
	set.status = Status::Recovered;
	EXPECT_TRUE(reachesDisk(set));
	auto other = makeSet(Status::Recovered, {"a"});
	EXPECT_TRUE(reachesDisk(other));
}

TEST_F(JournalDurability, AMappingThatLeavesItsSnapshotBehindIsGoneFromTheDiskToo)
{
	auto set = makeSet(Status::Recovered, {"a", "b"});
	set.copies[0].mappings.emplace_back().share = "second";
	save(set);
	set.copies[0].mappings.pop_back();
	EXPECT_TRUE(reachesDisk(set));
	set.copies.pop_back();
	EXPECT_FALSE(reachesDisk(set)) << "its snapshot is gone, which says enough";
	EXPECT_FALSE(erasureReachesDisk(set.id));
}

TEST_F(JournalDurability, WhatIsErasedIsOwedToTheDisk)
{
	auto set = makeSet(Status::Recovered, {"a", "b"});
	set.onDisk = true;
	save(set);
	set.copies.pop_back();
	auto transaction = journal.begin();
	EXPECT_FALSE(transaction->owesDisk());
	EXPECT_TRUE(succeeded(transaction->save(set)));
	EXPECT_TRUE(transaction->owesDisk());
	transaction->toDisk();
	EXPECT_FALSE(transaction->owesDisk());
	EXPECT_TRUE(succeeded(transaction->commit()));
}

TEST_F(JournalDurability, WhatIsNotOnDiskCanBeSentThere)
{
	const auto before = store.diskCommits;
	auto transaction = journal.begin();
	transaction->toDisk();
	EXPECT_TRUE(succeeded(transaction->commit()));
	EXPECT_GT(store.diskCommits, before);
}

TEST_F(JournalTest, TheLastVolumeOfAShareIsNotedAndADamagedOneForgotten)
{
	const LastVolume here{"btrfs:a:5", "/srv/data"};
	{
		auto transaction = journal.begin().value();
		EXPECT_EQ(transaction.lastVolume("data").value(), std::nullopt);
		EXPECT_TRUE(transaction.noteVolume("data", here));
		EXPECT_TRUE(transaction.commit());
	}
	{
		auto transaction = journal.begin().value();
		EXPECT_EQ(transaction.lastVolume("DATA").value(), here);
		EXPECT_EQ(transaction.lastVolume("other").value(), std::nullopt);
	}
	store.records["share/data"] = "rubbish";
	auto transaction = journal.begin().value();
	EXPECT_EQ(transaction.lastVolume("data").value(), std::nullopt);
	EXPECT_TRUE(transaction.noteVolume("data", here));
	EXPECT_EQ(transaction.lastVolume("data").value(), here);
}

} // namespace
} // namespace fss
