// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/HiddenStores.h"

#include "provider/btrfs/SnapshotStore.h"
#include "testing/LoopFs.h"

#include <fcntl.h>
#include <unistd.h>

namespace fss {
namespace {

constexpr const char *id = "12345678-9ABC-DEF0-1234-56789ABCDEF0";

// ------------------------------------------------------------------- by name

TEST(HiddenStoresTest, TheDefaultNameIsHiddenInAnyDirectoryAndCase)
{
	const HiddenStores stores("/srv/share", {});
	for (const char *path : {".fss", ".FSS", ".Fss/x", "a/.fss", "/srv/share/.fss", "./.fss"})
		EXPECT_TRUE(stores.hides("", path)) << path;
	EXPECT_TRUE(stores.hides("a/.fss", "x"));
	EXPECT_TRUE(stores.hides("/srv/share/.fss", "x"));
	for (const char *path :
	     {"", ".", "fss", ".fssx", "x.fss", ".fss.txt", "a/fss", "/srv/share"})
		EXPECT_FALSE(stores.hides("", path)) << path;
}

TEST(HiddenStoresTest, AnEntryOfAnOpenDirectoryIsHiddenLikeItsPath)
{
	const HiddenStores stores("/srv/share", {"/srv/share/a/store"});
	for (const char *name : {".fss", ".FSS", ".fsS"})
		for (const char *directory : {"", ".", "a", "/srv/share"})
			EXPECT_TRUE(stores.hidesEntry(directory, name)) << directory << '/' << name;
	EXPECT_TRUE(stores.hidesEntry("a", "store"));
	EXPECT_TRUE(stores.hidesEntry("/srv/share/a", "store"));
	for (const char *name : {"", ".", "..", "fss", ".fsx", ".fss.txt", "store", "tore", "a"})
		EXPECT_FALSE(stores.hidesEntry("b", name)) << name;
	EXPECT_FALSE(stores.hidesEntry("a", "tore"));
}

TEST(HiddenStoresTest, OutsideOfAShareItIsHiddenButForTheServer)
{
	const HiddenStores stores("/srv/share", {});
	EXPECT_TRUE(stores.hides("", "/srv/other/.fss/x"));
	EXPECT_TRUE(stores.hides("/srv/other/.fss", "x"));
	EXPECT_FALSE(stores.hidesBelow("/srv/other/.fss/x"));
	EXPECT_TRUE(stores.hidesBelow("/srv/share/.fss/x"));
	EXPECT_TRUE(stores.hidesBelow(".fss"));
}

TEST(HiddenStoresTest, AShareInAStoreSeesWhatIsBelowItAndNothingElse)
{
	const std::string share = std::string("/srv/.fss/") + id + "/snapshot/dir";
	const HiddenStores stores(share, {});
	EXPECT_FALSE(stores.hides("", share));
	EXPECT_FALSE(stores.hides(share, "file"));
	EXPECT_FALSE(stores.hides("", share + "/file"));
	EXPECT_TRUE(stores.hides("", share + "/.fss"));
	EXPECT_TRUE(stores.hides("", "/srv/.fss/other/snapshot"));
	EXPECT_TRUE(stores.hides("", share + "2"));
}

TEST(HiddenStoresTest, AConfiguredStoreIsHiddenAtItsPlaceOnly)
{
	const HiddenStores stores("/srv/share", {"/srv/share/a/store/"});
	for (const char *path : {"a/store", "a//store/x", "/srv/share/a/store", "a/./store/y/z"})
		EXPECT_TRUE(stores.hides("", path)) << path;
	EXPECT_TRUE(stores.hides("a", "store"));
	EXPECT_TRUE(stores.hides("/srv/share/a", "store"));
	for (const char *path : {"a", "a/store2", "store", "b/store", "a/stor"})
		EXPECT_FALSE(stores.hides("", path)) << path;
	EXPECT_FALSE(stores.hides("b", "store"));
}

TEST(HiddenStoresTest, WhatHoldsAConfiguredStoreIsKnown)
{
	const HiddenStores stores("/srv/share", {"/srv/share/a/b/store"});
	EXPECT_TRUE(stores.liesBelow("", "a"));
	EXPECT_TRUE(stores.liesBelow("a", "b"));
	EXPECT_TRUE(stores.liesBelow("/srv/share", "a"));
	EXPECT_FALSE(stores.liesBelow("", "a/b/store"));
	EXPECT_FALSE(stores.liesBelow("", "c"));
	EXPECT_FALSE(stores.liesBelow("", "a/bb"));
}

TEST(HiddenStoresTest, AShareInAConfiguredStoreSeesWhatIsBelowIt)
{
	const std::string share = std::string("/srv/store/") + id + "/snapshot";
	const HiddenStores stores(share, {"/srv/store"});
	EXPECT_FALSE(stores.hides("", "file"));
	EXPECT_FALSE(stores.hides("", share));
	EXPECT_TRUE(stores.hides("", "/srv/store"));
	EXPECT_TRUE(stores.hides("", "/srv/store/other"));
}

TEST(HiddenStoresTest, TheServerWalksThroughAStoreToTheShareInIt)
{
	const std::string inStore = std::string("srv/.fss/") + id + "/snapshot";
	const HiddenStores stores("/" + inStore + "/dir", {"/srv/store"});
	for (const auto &path : std::vector{std::string("srv/.fss"), inStore, inStore + "/dir"}) {
		EXPECT_FALSE(stores.hides("/", path)) << path;
		EXPECT_TRUE(stores.leadsToShare("/", path)) << path;
	}
	EXPECT_FALSE(stores.hides("/", inStore + "/dir/.streams/x"));
	EXPECT_FALSE(stores.hidesEntry("/srv", ".fss"));
	EXPECT_FALSE(stores.hides("/srv/.fss", id));
	for (const auto &path :
	     std::vector<std::string>{"srv/.fss/other", inStore + "/dir2", "srv/.FSS",
	                              "srv/store/x", inStore + "/dir/.fss"})
		EXPECT_TRUE(stores.hides("/", path)) << path;
	EXPECT_TRUE(stores.hidesEntry("/else", ".fss"));
	// What clients name starts in the share.
	EXPECT_TRUE(stores.hides("", "/srv/.fss"));
	EXPECT_FALSE(stores.leadsToShare("", "srv"));
}

// ------------------------------------------------------------- by descriptor

class HiddenStoresOnBtrfs : public OnBtrfs {
protected:
	/// A snapshot place below a directory, and a file in it.
	static std::string makeCopy(const std::string &store)
	{
		const auto place = store + "/" + id;
		run("mkdir -p '" + place + "' && btrfs -q subvolume create '" + place +
		    "/snapshot' && touch '" + place + "/snapshot/file'");
		return place + "/snapshot";
	}
	static bool holds(const HiddenStores &stores, const std::string &path)
	{
		const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
		EXPECT_NE(fd, -1) << path;
		const bool held = stores.holds(fd);
		close(fd);
		return held;
	}
};

TEST_F(HiddenStoresOnBtrfs, LinksIntoAStoreAreSeenThrough)
{
	run("btrfs -q subvolume create '" + volume + "/.fss'");
	const auto copy = makeCopy(volume + "/.fss");
	const HiddenStores stores(volume, {});
	run("cd '" + volume + "' && ln -s .fss a && ln -s '" + copy + "' b && touch c && mkdir d");
	for (const char *name : {"/a", "/b", "/b/file"})
		EXPECT_TRUE(holds(stores, volume + name)) << name;
	for (const char *name : {"", "/c", "/d"})
		EXPECT_FALSE(holds(stores, volume + name)) << name;
	EXPECT_FALSE(holds(stores, "/"));
}

TEST_F(HiddenStoresOnBtrfs, ARenamedStoresSnapshotsAreKnownByTheirPlace)
{
	const HiddenStores stores(volume, {});
	const auto copy = makeCopy(volume + "/renamed");
	EXPECT_TRUE(holds(stores, copy));
	EXPECT_TRUE(holds(stores, copy + "/file"));
	run("btrfs -q subvolume create '" + volume + "/snapshot'");
	EXPECT_FALSE(holds(stores, volume + "/snapshot"));
}

TEST_F(HiddenStoresOnBtrfs, AConfiguredStoreIsKnownAfterItsDirectoryWasRenamed)
{
	run("mkdir -p '" + volume + "/a/store/x'");
	const HiddenStores stores(volume, {volume + "/a/store"});
	EXPECT_TRUE(holds(stores, volume + "/a/store"));
	EXPECT_TRUE(holds(stores, volume + "/a/store/x"));
	EXPECT_FALSE(holds(stores, volume + "/a"));
	run("mv '" + volume + "/a' '" + volume + "/b'");
	EXPECT_TRUE(holds(stores, volume + "/b/store"));
}

TEST_F(HiddenStoresOnBtrfs, AShareInASnapshotSeesItsOwnAndNoOther)
{
	run("mkdir '" + volume + "/store'");
	const auto copy = makeCopy(volume + "/store");
	run("btrfs -q subvolume create '" + copy + "/nested'");
	run("mkdir '" + copy + "/store'"); // what a snapshot has of it
	for (const auto &configured :
	     {std::vector<std::string>{}, std::vector<std::string>{volume + "/store"}}) {
		const HiddenStores stores(copy, configured);
		EXPECT_FALSE(holds(stores, copy + "/file"));
		EXPECT_FALSE(holds(stores, copy + "/nested"));
		EXPECT_EQ(stores.hides("", "store"), !configured.empty());
	}
	const HiddenStores stores(copy, {volume + "/store"});
	EXPECT_TRUE(holds(stores, volume + "/store"));
}

TEST_F(HiddenStoresOnBtrfs, WhatIsNoFileIsInNoStore)
{
	const HiddenStores stores(volume, {volume + "/store"});
	int ends[2];
	ASSERT_EQ(pipe(ends), 0);
	EXPECT_FALSE(stores.holds(ends[0]));
	EXPECT_FALSE(stores.holds(-1));
	close(ends[0]);
	close(ends[1]);
}

} // namespace
} // namespace fss
