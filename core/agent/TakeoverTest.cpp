// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <algorithm>
#include <cctype>
#include <gmock/gmock.h>

/// What Samba's own agent has left, and what becomes of it at the first start.
namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint32_t committed = 3;
constexpr uint32_t exposed = 4;
constexpr uint32_t recovered = 5;
constexpr int64_t createdAt = 1'704'067'200; // 2024-01-01

std::string lower(std::string text)
{
	std::transform(text.begin(), text.end(), text.begin(),
	               [](unsigned char c) { return std::tolower(c); });
	return text;
}

class TakeoverTest : public testing::Test {
protected:
	World world;

	/// A set as Samba's own agent records it, with its snapshots and shares.
	ClientSet leave(uint32_t state, const std::vector<std::string> &shares = {"share1"},
	                uint32_t context = 0x19)
	{
		ClientSet set;
		set.id = SetId::random();
		set.shares = shares;
		auto &head = record(ForeignRecord::Kind::Set, keyOf(set));
		head.state = state;
		head.context = context;
		head.children = static_cast<uint32_t>(shares.size());
		for (const auto &share : shares) {
			set.copies.push_back(CopyId::random());
			leaveCopy(set, share, state);
		}
		return set;
	}
	static std::string keyOf(const ClientSet &set) { return "sc_set/" + lower(set.id.text()); }
	static std::string keyOf(const ClientSet &set, size_t copy)
	{
		return keyOf(set) + "/sc/" + lower(set.copies[copy].text());
	}
	static std::string nameOf(const ClientSet &set, size_t copy = 0)
	{
		return set.shares[copy] + "@{" + lower(set.copies[copy].text()) + "}";
	}
	std::string mappingKey(const ClientSet &set, size_t copy = 0)
	{
		return keyOf(set, copy) + "/smap/" + nameOf(set, copy);
	}
	static std::string pathOf(const ClientSet &set, size_t copy = 0)
	{
		return "/vol" + set.shares[copy].substr(5) + "/@GMT-" + set.copies[copy].text();
	}
	ForeignRecord &foreign(const std::string &key) { return world.foreign.records.at(key); }

	void expectTaken(Worker &worker, const ClientSet &set)
	{
		Client client(worker);
		for (size_t i = 0; i < set.shares.size(); i++) {
			const auto mapping = client.mapping(set.id, set.copies[i], set.shares[i]);
			EXPECT_EQ(mapping.result, HResult::Ok);
			EXPECT_EQ(mapping.answer.exposedName, nameOf(set, i));
		}
		for (size_t i = 0; i < set.shares.size(); i++)
			EXPECT_EQ(client.remove(set.id, set.copies[i], set.shares[i]), HResult::Ok);
		EXPECT_TRUE(world.isEmpty());
	}
	void expectLeft(const ClientSet &set, const std::string &why)
	{
		EXPECT_FALSE(world.set(set.id));
		EXPECT_TRUE(world.foreign.records.contains(keyOf(set)));
		EXPECT_TRUE(world.provider.snapshots.contains(pathOf(set)));
		EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, why));
	}
	size_t linesWith(const std::string &text) const
	{
		return static_cast<size_t>(std::count_if(
		        world.host.lines.begin(), world.host.lines.end(), [&](const auto &line) {
			        return line.second.find(text) != std::string::npos;
		        }));
	}

private:
	ForeignRecord &record(ForeignRecord::Kind kind, const std::string &key)
	{
		auto &made = world.foreign.records[key];
		made.kind = kind;
		made.key = key;
		return made;
	}
	void leaveCopy(const ClientSet &set, const std::string &share, uint32_t state)
	{
		const auto index = set.copies.size() - 1;
		auto &copy = record(ForeignRecord::Kind::Copy, keyOf(set, index));
		copy.children = 1;
		copy.created = createdAt;
		copy.volume = "/vol" + share.substr(5);
		auto &mapping = record(ForeignRecord::Kind::Mapping, mappingKey(set, index));
		mapping.share = share;
		mapping.exposedName = nameOf(set, index);
		mapping.exposed = state >= exposed;
		if (state < committed)
			return;
		copy.path = pathOf(set, index);
		FakeProvider::Snapshot snapshot;
		snapshot.uuid = "uuid of " + share;
		world.provider.snapshots[copy.path] = snapshot;
		if (mapping.exposed)
			world.publisher.published[mapping.exposedName] = {};
	}
};

TEST_F(TakeoverTest, WithNothingLeftBehindNothingHappens)
{
	Worker worker(world);
	EXPECT_TRUE(world.isEmpty());
	EXPECT_THAT(world.host.lines, IsEmpty());
}

TEST_F(TakeoverTest, ARecoveredSetIsMappedAndDeletedAsBefore)
{
	const auto set = leave(recovered, {"share1", "share2"});
	Worker worker(world);
	EXPECT_THAT(world.foreign.records, IsEmpty());
	expectTaken(worker, set);
}

TEST_F(TakeoverTest, ASetKeepsWhatItsClientWasTold)
{
	const auto set = leave(recovered);
	Worker worker(world);
	const auto stored = world.set(set.id).value();
	EXPECT_EQ(stored.context.value(), 0x19U);
	EXPECT_EQ(stored.copies.at(0).created, 133'485'408'000'000'000);
	EXPECT_EQ(stored.copies.at(0).path, pathOf(set));
	EXPECT_EQ(stored.copies.at(0).snapshotUuid, "uuid of share1");
	EXPECT_EQ(stored.copies.at(0).mappings.at(0).unc, "\\\\SERVER\\share1");
	EXPECT_EQ(world.use("fake:/vol1"), (VolumeUse{1, 1}));
}

TEST_F(TakeoverTest, AShareWithATakenSetIsShadowCopied)
{
	leave(recovered);
	Worker worker(world);
	Arguments arguments;
	arguments.name = uncOf("share1");
	EXPECT_TRUE(Client(worker).call(FSS_IS_PATH_SHADOW_COPIED, arguments).answer.present);
	arguments.name = uncOf("share2");
	EXPECT_FALSE(Client(worker).call(FSS_IS_PATH_SHADOW_COPIED, arguments).answer.present);
}

TEST_F(TakeoverTest, AnExposedSetStaysToo)
{
	const auto set = leave(exposed);
	Worker worker(world);
	worker.pass(24h);
	EXPECT_EQ(world.set(set.id)->status, Status::Recovered);
	EXPECT_EQ(Client(worker).setContext(), HResult::Ok);
	EXPECT_EQ(Client(worker).start().result, HResult::Ok) << "it does not hold up others";
	worker.pass(180s);
	expectTaken(worker, set);
}

TEST_F(TakeoverTest, ACommittedSetIsRemovedWithItsSnapshot)
{
	leave(committed);
	Worker worker(world);
	worker.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(TakeoverTest, ASetWithoutSnapshotsIsForgotten)
{
	leave(1);
	Worker worker(world);
	EXPECT_TRUE(world.isEmpty());
	EXPECT_EQ(world.setCount(), 0U);
}

TEST_F(TakeoverTest, ACommitThatFailedHalfwayIsTidiedUp)
{
	const auto set = leave(committed, {"share1", "share2"});
	foreign(keyOf(set)).state = 1;
	foreign(keyOf(set, 1)).path = "";
	world.provider.snapshots.erase(pathOf(set, 1));
	Worker worker(world);
	worker.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(TakeoverTest, ASetWhoseSnapshotsAreGoneIsRemovedWithItsShare)
{
	const auto set = leave(recovered);
	world.provider.snapshots.clear();
	Worker worker(world);
	worker.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "its snapshots are gone"));
}

TEST_F(TakeoverTest, AShareThatIsMissingIsPublishedAgain)
{
	const auto set = leave(recovered);
	world.publisher.published.clear();
	Worker worker(world);
	worker.executor.runAll();
	EXPECT_EQ(world.publisher.parameter(nameOf(set), "path"), pathOf(set));
}

TEST_F(TakeoverTest, WhatWasMadeAfterwardsStandsBesideIt)
{
	const auto old = leave(recovered);
	Worker worker(world);
	Client client(worker);
	const auto fresh = client.make(Status::Recovered);
	EXPECT_EQ(world.use("fake:/vol1"), (VolumeUse{2, 2}));
	EXPECT_EQ(client.remove(fresh.id, fresh.copy(), "share1"), HResult::Ok);
	expectTaken(worker, old);
}

// ------------------------------------------------------------ what is left

TEST_F(TakeoverTest, ASnapshotThatIsNotOfBtrfsStaysWithItsSet)
{
	const auto set = leave(recovered);
	world.provider.unsupported.insert(pathOf(set));
	Worker worker(world);
	expectLeft(set, "rpcd_fsrvp");
	EXPECT_TRUE(world.publisher.isPublished(nameOf(set)));
	EXPECT_EQ(linesWith("share1"), 1U);
}

TEST_F(TakeoverTest, ASetIsNotTakenInPart)
{
	const auto set = leave(recovered, {"share1", "share2"});
	world.provider.unsupported.insert(pathOf(set, 1));
	Worker worker(world);
	expectLeft(set, pathOf(set, 1));
	EXPECT_THAT(world.foreign.records, SizeIs(5));
}

TEST_F(TakeoverTest, ADatabaseThatCannotBeReadStopsNothing)
{
	leave(recovered);
	world.foreign.readFailure = Error{HResult::Fail, "read srv_fss.tdb", EIO, ""};
	Worker worker(world);
	EXPECT_TRUE(world.host.logged(FSS_LOG_ERROR, "read srv_fss.tdb"));
	EXPECT_EQ(Client(worker).make(Status::Recovered).shares.size(), 1U);
	EXPECT_THAT(world.foreign.records, SizeIs(3));
}

class DamagedTakeover : public TakeoverTest {
protected:
	void expectLeftBesideASoundOne(const ClientSet &broken)
	{
		const auto sound = leave(recovered, {"share2"});
		const auto before = world.foreign.records.size();
		Worker worker(world);
		expectLeft(broken, "is damaged");
		EXPECT_EQ(linesWith("is damaged"), 1U);
		EXPECT_EQ(world.foreign.records.size(), before - 3);
		EXPECT_EQ(Client(worker).mapping(sound.id, sound.copy(), "share2").result,
		          HResult::Ok);
	}
};

TEST_F(DamagedTakeover, AnUnreadableRecordLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(mappingKey(set)).kind = ForeignRecord::Kind::Unreadable;
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, AMissingMappingLeavesItsSet)
{
	const auto set = leave(recovered);
	world.foreign.records.erase(mappingKey(set));
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, AMissingCopyLeavesItsSet)
{
	const auto set = leave(recovered, {"share1", "share3"});
	world.foreign.records.erase(keyOf(set, 1));
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, AnIllegalContextLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(keyOf(set)).context = 0x12345;
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, AnUnknownStateLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(keyOf(set)).state = 6;
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, ACountThatOverflowsLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(keyOf(set)).children = UINT32_MAX;
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, ARecoveredCopyWithoutAPathLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(keyOf(set, 0)).path = "";
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, ANameThatIsNoUtf8LeavesItsSet)
{
	const auto set = leave(recovered);
	auto &mapping = foreign(mappingKey(set));
	mapping.share = "\xFF";
	mapping.exposedName = "\xFF@{" + set.copy().text() + "}";
	expectLeftBesideASoundOne(set);
}

// An exposed share is taken away with its set, so it must be one.
TEST_F(DamagedTakeover, AShareThatIsNoExposedOneLeavesItsSet)
{
	const auto set = leave(recovered);
	foreign(mappingKey(set)).exposedName = "share2";
	expectLeftBesideASoundOne(set);
}

TEST_F(DamagedTakeover, ASetWithoutItsOwnRecordIsLeft)
{
	const auto set = leave(recovered);
	world.foreign.records.erase(keyOf(set));
	Worker worker(world);
	EXPECT_THAT(world.foreign.records, SizeIs(2));
	EXPECT_EQ(linesWith("is damaged"), 1U);
}

TEST_F(DamagedTakeover, KeysOfAnyFormAreLeft)
{
	for (const char *key : {"sc_set/", "sc_set/x", "sc_set//sc/", "", "sc_set", "other/key"}) {
		ForeignRecord record;
		record.kind = ForeignRecord::Kind::Set;
		record.key = key;
		world.foreign.records[key] = record;
	}
	Worker worker(world);
	EXPECT_THAT(world.foreign.records, SizeIs(6));
	EXPECT_EQ(world.setCount(), 0U);
}

// ----------------------------------------------------------- crashes, workers

TEST_F(TakeoverTest, AWorkerThatDiesBeforeItIsOnRecordHasTakenNothing)
{
	const auto set = leave(recovered);
	world.records.fails = [](FakeStore::Step step, const std::string &) {
		return step == FakeStore::Step::Commit;
	};
	{
		ManualExecutor executor;
		Agent agent({world.host, world.records, world.publisher, world.provider, world.gate,
		             executor, world.clock, world.foreign, world.guard});
		EXPECT_FALSE(agent.open());
	}
	EXPECT_THAT(world.foreign.records, SizeIs(3));
	world.records.fails = nullptr;
	Worker next(world);
	expectTaken(next, set);
}

TEST_F(TakeoverTest, ItIsErasedThereOnlyWhenItIsOnRecordHere)
{
	const auto set = leave(recovered);
	world.foreign.beforeErase = [&] { EXPECT_TRUE(world.set(set.id)); };
	Worker worker(world);
	EXPECT_THAT(world.foreign.records, IsEmpty());
}

TEST_F(TakeoverTest, AWorkerThatDiesBeforeItIsErasedThereHasItErasedByTheNext)
{
	auto set = leave(recovered, {"share1", "share2"});
	{
		world.foreign.eraseFailure = Error{HResult::Fail, "erase", EIO, ""};
		Worker worker(world);
		EXPECT_EQ(Client(worker).remove(set.id, set.copies[0], "share1"), HResult::Ok);
		worker.kill();
		world.foreign.eraseFailure.reset();
	}
	EXPECT_THAT(world.foreign.records, SizeIs(5));
	Worker next(world);
	EXPECT_THAT(world.foreign.records, IsEmpty());
	EXPECT_THAT(world.set(set.id)->copies, SizeIs(1)) << "as it stands here";
	set.copies.erase(set.copies.begin());
	set.shares.erase(set.shares.begin());
	expectTaken(next, set);
}

TEST_F(TakeoverTest, ASetDeletedBeforeItIsErasedThereDoesNotComeBack)
{
	const auto set = leave(recovered);
	{
		world.foreign.eraseFailure = Error{HResult::Fail, "erase", EIO, ""};
		Worker worker(world);
		EXPECT_EQ(Client(worker).remove(set.id, set.copy(), "share1"), HResult::Ok);
		world.foreign.eraseFailure.reset();
	}
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

TEST_F(TakeoverTest, ASecondWorkerTakesNothing)
{
	const auto set = leave(recovered);
	Worker first(world);
	const auto late = leave(recovered, {"share2"});
	Worker second(world);
	EXPECT_TRUE(world.foreign.records.contains(keyOf(late)));
	EXPECT_EQ(world.setCount(), 1U);
	EXPECT_EQ(Client(second).mapping(set.id, set.copy(), "share1").result, HResult::Ok);
}

TEST_F(TakeoverTest, ANonPersistentSetEndsWithTheMachineLikeAnyOther)
{
	leave(recovered, {"share1"}, 0);
	{
		Worker worker(world);
		worker.kill();
	}
	world.rebooted();
	Worker next(world);
	next.executor.runAll();
	EXPECT_TRUE(world.isEmpty());
}

} // namespace
} // namespace fss
