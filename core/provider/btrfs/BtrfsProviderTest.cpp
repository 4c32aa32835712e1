// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsProvider.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/SnapshotSeal.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <btrfsutil.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss {
namespace {

class BtrfsProviderTest : public OnBtrfs {
protected:
	BtrfsProvider provider;

	Location inspect(const std::string &path, const InspectOptions &options = {})
	{
		auto location = provider.inspect(path, options);
		EXPECT_TRUE(succeeded(location));
		return location.value_or(Location());
	}
	SnapshotRequest requestFor(const std::string &path, bool writable = false)
	{
		const auto location = inspect(path);
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = location.volume;
		request.writable = writable;
		request.exposedPaths = {location.relativePath};
		return request;
	}
	SnapshotRef create(const SnapshotRequest &request)
	{
		auto made = makeSnapshots(provider, std::span(&request, 1));
		EXPECT_TRUE(succeeded(made));
		return {request.id, request.volume, made ? made->at(0).uuid : ""};
	}
	Result<void> destroy(const SnapshotRef &ref)
	{
		return provider.destroy(std::span(&ref, 1));
	}
	static bool isReadOnly(const std::string &path)
	{
		bool readOnly = false;
		EXPECT_EQ(btrfs_util_get_subvolume_read_only(path.c_str(), &readOnly),
		          BTRFS_UTIL_OK);
		return readOnly;
	}
	static bool canWrite(const std::string &path) { return std::ofstream(path).good(); }
};

// ------------------------------------------------------------------ inspect

TEST_F(BtrfsProviderTest, TheVolumeOfAShareIsItsSubvolume)
{
	const auto location = inspect(volume);
	EXPECT_EQ(location.volume.root, volume);
	EXPECT_EQ(location.volume.store, volume + "/.fss");
	EXPECT_EQ(location.relativePath, "");
	EXPECT_TRUE(location.volume.id.starts_with("btrfs:"));
	EXPECT_FALSE(exists(volume + "/.fss")) << "nothing is changed";
}

TEST_F(BtrfsProviderTest, AShareMayBeADirectoryBelow)
{
	std::filesystem::create_directories(volume + "/a/b");
	const auto location = inspect(volume + "/a/b");
	EXPECT_EQ(location.volume.id, inspect(volume).volume.id);
	EXPECT_EQ(location.volume.root, volume);
	EXPECT_EQ(location.relativePath, "a/b");
}

TEST_F(BtrfsProviderTest, AShareMayBeNamedThroughALink)
{
	std::filesystem::create_directory(volume + "/real");
	std::filesystem::create_directory_symlink("real", volume + "/link");
	EXPECT_EQ(inspect(volume + "/link").relativePath, "real");
}

TEST_F(BtrfsProviderTest, TwoSubvolumesAreTwoVolumes)
{
	const auto other = fs().subvolume("other");
	EXPECT_NE(inspect(volume).volume.id, inspect(other).volume.id);
}

TEST_F(BtrfsProviderTest, RefusesWhatIsNotOnBtrfs)
{
	for (const char *path : {"/proc", "/dev"})
		EXPECT_TRUE(failedWith(provider.inspect(path, {}), HResult::NotSupported));
}

TEST_F(BtrfsProviderTest, RefusesWhatIsNoDirectory)
{
	write(volume + "/file", "x");
	for (const char *name : {"/file", "/nothing"}) {
		const auto location = provider.inspect(volume + name, {});
		EXPECT_TRUE(failedWith(location, HResult::NotSupported));
		EXPECT_NE(location.error().advice, "");
	}
}

TEST_F(BtrfsProviderTest, RefusesAShadowCopyAsAShare)
{
	const auto ref = create(requestFor(volume));
	EXPECT_TRUE(failedWith(provider.inspect(provider.exposedPath(ref, ""), {}),
	                       HResult::NotSupported));
}

TEST_F(BtrfsProviderTest, RefusesARelativeStoreDirectory)
{
	EXPECT_TRUE(failedWith(provider.inspect(volume, {"store", NestedPolicy::Refuse}),
	                       HResult::NotSupported));
}

TEST_F(BtrfsProviderTest, RefusesADirectoryMountedWithoutItsSubvolumesRoot)
{
	std::filesystem::create_directories(volume + "/a/b");
	std::filesystem::create_directory(fs().path("elsewhere"));
	run("mount --bind '" + volume + "/a' '" + fs().path("elsewhere") + "'");
	const auto location = provider.inspect(fs().path("elsewhere/b"), {});
	run("umount '" + fs().path("elsewhere") + "'");
	EXPECT_TRUE(failedWith(location, HResult::NotSupported));
}

// ---------------------------------------------------------- create, destroy

TEST_F(BtrfsProviderTest, ASnapshotHoldsTheDataOfItsInstant)
{
	write(volume + "/file", "before");
	const auto ref = create(requestFor(volume));
	write(volume + "/file", "after");
	write(volume + "/new", "new");
	const auto copy = provider.exposedPath(ref, "");
	EXPECT_EQ(read(copy + "/file"), "before");
	EXPECT_FALSE(exists(copy + "/new"));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(read(volume + "/file"), "after");
}

// What a machine would find that loses its power now.
TEST_F(BtrfsProviderTest, WhatIsDestroyedIsGoneFromTheDisk)
{
	const auto onDisk = [](const CopyId &id) {
		const auto find =
		        fmt::format("btrfs inspect-internal dump-tree '{}' | grep -q '{}'",
		                    fs().image(), id.text());
		return system(find.c_str()) == 0;
	};
	const auto a = create(requestFor(volume));
	const auto b = create(requestFor(volume));
	EXPECT_TRUE(onDisk(a.id));
	ASSERT_TRUE(succeeded(destroy(a)));
	EXPECT_FALSE(onDisk(a.id)) << "the store goes on";
	EXPECT_TRUE(onDisk(b.id));
	ASSERT_TRUE(succeeded(destroy(b)));
	EXPECT_FALSE(onDisk(b.id)) << "the store goes as well";
}

TEST_F(BtrfsProviderTest, AShareInASubDirectoryIsExposedThere)
{
	std::filesystem::create_directories(volume + "/a/b");
	write(volume + "/a/b/file", "x");
	const auto ref = create(requestFor(volume + "/a/b"));
	EXPECT_EQ(read(provider.exposedPath(ref, "a/b") + "/file"), "x");
}

TEST_F(BtrfsProviderTest, ASnapshotIsReadOnlyUnlessItIsToBeRecovered)
{
	const auto plain = create(requestFor(volume));
	const auto writable = create(requestFor(volume, true));
	EXPECT_TRUE(isReadOnly(provider.exposedPath(plain, "")));
	EXPECT_FALSE(canWrite(provider.exposedPath(plain, "") + "/x"));
	EXPECT_FALSE(isReadOnly(provider.exposedPath(writable, "")));
	EXPECT_TRUE(canWrite(provider.exposedPath(writable, "") + "/x"));
}

TEST_F(BtrfsProviderTest, ManySnapshotsAreMadeInOneCall)
{
	std::vector<SnapshotRequest> requests;
	for (int i = 0; i < 12; i++)
		requests.push_back(requestFor(fs().subvolume("many" + std::to_string(i))));
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, requests)));
	const auto made = makeSnapshots(provider, requests);
	ASSERT_TRUE(succeeded(made));
	ASSERT_EQ(made->size(), 12U);
	std::set<std::string> uuids;
	std::vector<SnapshotRef> refs;
	for (size_t i = 0; i < 12; i++) {
		uuids.insert((*made)[i].uuid);
		EXPECT_GT((*made)[i].transaction, 0U);
		refs.push_back({requests[i].id, requests[i].volume, (*made)[i].uuid});
		EXPECT_EQ(provider.presence(refs.back()), SnapshotPresence::Present);
	}
	EXPECT_EQ(uuids.size(), 12U);
	EXPECT_TRUE(succeeded(provider.destroy(refs)));
	for (const auto &ref : refs)
		EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
}

TEST_F(BtrfsProviderTest, SnapshotsOfOneVolumeDoNotHoldEachOther)
{
	create(requestFor(volume));
	const auto second = create(requestFor(volume));
	const auto inside = provider.exposedPath(second, "") + "/.fss";
	EXPECT_TRUE(!exists(inside) || std::filesystem::is_empty(inside));
}

TEST_F(BtrfsProviderTest, PrepareMayBeRepeatedAndLeavesNothingThatDestroyDoesNotTake)
{
	const auto request = requestFor(volume);
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, std::span(&request, 1))));
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, std::span(&request, 1))));
	EXPECT_TRUE(exists(volume + "/.fss/" + request.id.text()));
	EXPECT_TRUE(succeeded(destroy({request.id, request.volume, ""})));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, WhatACrashLeftIsReplaced)
{
	auto request = requestFor(volume);
	write(volume + "/file", "first");
	const auto first = create(request);
	write(volume + "/file", "second");
	const auto second = create(request);
	EXPECT_NE(first.uuid, second.uuid);
	EXPECT_EQ(read(provider.exposedPath(second, "") + "/file"), "second");
}

TEST_F(BtrfsProviderTest, DestroyMayBeRepeated)
{
	const auto ref = create(requestFor(volume));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(succeeded(destroy({CopyId::random(), ref.volume, ""})));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, DestroyFinishesWhatWasCutShort)
{
	const auto ref = create(requestFor(volume));
	const auto path = provider.exposedPath(ref, "");
	ASSERT_EQ(btrfs_util_delete_subvolume(path.c_str(), 0), BTRFS_UTIL_OK);
	EXPECT_TRUE(exists(volume + "/.fss/" + ref.id.text()));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, DestroyNeverTouchesAnotherSubvolume)
{
	auto ref = create(requestFor(volume));
	ref.uuid = "11111111-2222-3333-4444-555555555555";
	EXPECT_TRUE(failedWith(destroy(ref), HResult::Fail));
	EXPECT_TRUE(failedWith(provider.seal(ref), HResult::Fail));
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_TRUE(exists(provider.exposedPath(ref, "")));
}

TEST_F(BtrfsProviderTest, DestroyGoesOnAfterOneThatCannotBeDestroyed)
{
	auto foreign = create(requestFor(volume));
	const auto other = create(requestFor(fs().subvolume("beside")));
	foreign.uuid = "11111111-2222-3333-4444-555555555555";
	const SnapshotRef refs[] = {foreign, other};
	EXPECT_FALSE(provider.destroy(refs));
	EXPECT_TRUE(exists(provider.exposedPath(foreign, "")));
	EXPECT_FALSE(exists(provider.exposedPath(other, "")));
}

TEST_F(BtrfsProviderTest, AllSnapshotsOrNone)
{
	const auto good = requestFor(volume);
	auto bad = requestFor(fs().subvolume("half"));
	bad.exposedPaths = {"gone"};
	const SnapshotRequest requests[] = {good, bad};
	EXPECT_TRUE(failedWith(makeSnapshots(provider, requests), HResult::NotSupported));
	EXPECT_FALSE(exists(volume + "/.fss"));
	EXPECT_FALSE(exists(fs().path("half/.fss")));
}

TEST_F(BtrfsProviderTest, AVolumeWithoutRoomIsRefusedAndNothingIsMade)
{
	auto request = requestFor(volume);
	const MinimumFree everything{UINT64_MAX, 100};
	EXPECT_TRUE(failedWith(provider.awaitRoom(request.volume, everything),
	                       HResult::InsufficientStorage))
	        << "once snapshots of other tests are cleared";
	EXPECT_TRUE(succeeded(provider.checkRoom(request.volume, {0, 0})));
	EXPECT_TRUE(succeeded(provider.checkRoom(request.volume, {4096, 100})));
	EXPECT_TRUE(failedWith(provider.checkRoom(request.volume, everything),
	                       HResult::InsufficientStorage));
	request.minimumFree = everything;
	EXPECT_TRUE(failedWith(makeSnapshots(provider, std::span(&request, 1)),
	                       HResult::InsufficientStorage));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, TheRoomOfADeletedSnapshotCounts)
{
	const MinimumFree some{16 << 20, 100};
	const LoopFs own;
	const auto share = own.subvolume("share");
	const auto freeNow = [&] {
		const Fd fd(open(share.c_str(), O_RDONLY | O_DIRECTORY));
		return btrfs::roomOn(fd.get())->data;
	};
	run("dd if=/dev/zero of='" + share + "/file' bs=1M status=none || true"); // all of it
	const auto ref = create(requestFor(share));
	std::filesystem::remove(share + "/file");
	run("btrfs filesystem sync '" + share + "'");
	auto next = requestFor(share);
	next.minimumFree = some;
	EXPECT_TRUE(failedWith(provider.checkRoom(next.volume, some), HResult::InsufficientStorage))
	        << "as long as it is there";

	// With a file open in it, it cannot be cleared.
	std::ifstream reader(provider.exposedPath(ref, "file"));
	ASSERT_TRUE(reader.good());
	ASSERT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(succeeded(provider.checkRoom(next.volume, some)));
	EXPECT_LT(freeNow(), some.bytes);
	std::thread client([&] {
		std::this_thread::sleep_for(std::chrono::seconds(1));
		reader.close();
	});
	const auto made = makeSnapshots(provider, std::span(&next, 1));
	client.join();
	EXPECT_TRUE(succeeded(made));
	EXPECT_GE(freeNow(), some.bytes);
	EXPECT_TRUE(succeeded(destroy({next.id, next.volume, made ? made->at(0).uuid : ""})));
}

TEST_F(BtrfsProviderTest, AReadOnlyFileSystemStaysReadOnly)
{
	LoopFs own;
	const auto ref = create(requestFor(own.subvolume("share")));
	std::filesystem::rename(own.path("share/.fss"), own.path("away"));
	run("mount -o remount,ro '" + own.root() + "'");
	EXPECT_TRUE(failedWith(destroy(ref), HResult::Fail));
	EXPECT_FALSE(std::ofstream(own.path("file")).good());
	run("mount -o remount,rw '" + own.root() + "'");
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
}

TEST_F(BtrfsProviderTest, AShareWhoseDirectoryBecameALinkIsRefused)
{
	std::filesystem::create_directory(volume + "/share");
	const auto request = requestFor(volume + "/share");
	std::filesystem::remove(volume + "/share");
	std::filesystem::create_directory_symlink("/etc", volume + "/share");
	EXPECT_TRUE(
	        failedWith(makeSnapshots(provider, std::span(&request, 1)), HResult::NotSupported));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, AConfiguredStoreHoldsSnapshotsOfSeveralVolumes)
{
	const auto store = fs().path("store");
	ASSERT_EQ(mkdir(store.c_str(), 0711), 0);
	auto first = requestFor(volume), second = requestFor(fs().subvolume("second"));
	first.volume.store = second.volume.store = store;
	const auto a = create(first), b = create(second);
	EXPECT_TRUE(exists(store + "/" + first.id.text() + "/snapshot"));
	EXPECT_FALSE(exists(volume + "/.fss"));
	EXPECT_TRUE(succeeded(destroy(a)));
	EXPECT_TRUE(succeeded(destroy(b)));
	EXPECT_TRUE(std::filesystem::is_empty(store));
}

// The store's snapshots are taken for nested subvolumes of the volume.
TEST_F(BtrfsProviderTest, AConfiguredStoreInsideTheVolumeDoesNotStandInItsOwnWay)
{
	const auto store = volume + "/store";
	ASSERT_EQ(mkdir(store.c_str(), 0711), 0);
	auto request = requestFor(volume);
	request.volume.store = store;
	create(request);
	EXPECT_TRUE(succeeded(provider.inspect(volume, {store, NestedPolicy::Refuse})));
}

// --------------------------------------------------------------------- seal

TEST_F(BtrfsProviderTest, SealMakesReadOnlyForGood)
{
	const auto ref = create(requestFor(volume, true));
	const auto path = provider.exposedPath(ref, "");
	ASSERT_TRUE(canWrite(path + "/x"));
	EXPECT_TRUE(succeeded(provider.seal(ref)));
	EXPECT_TRUE(isReadOnly(path));
	EXPECT_FALSE(canWrite(path + "/y"));
	EXPECT_TRUE(succeeded(provider.seal(ref))) << "may be repeated";
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Present) << "its uuid is the same";
	EXPECT_TRUE(succeeded(destroy(ref)));
}

TEST_F(BtrfsProviderTest, SealOfWhatIsGoneIsAnError)
{
	const auto ref = create(requestFor(volume, true));
	ASSERT_TRUE(succeeded(destroy(ref)));
	EXPECT_TRUE(failedWith(provider.seal(ref), HResult::Fail));
}

// ----------------------------------------------------------------- unmounted

TEST_F(BtrfsProviderTest, AnUnmountedVolumeIsAnErrorAndNothingIsLost)
{
	const auto request = requestFor(volume);
	const auto ref = create(request);
	fs().unmount();
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_FALSE(destroy(ref));
	EXPECT_FALSE(provider.seal(ref));
	EXPECT_FALSE(makeSnapshots(provider, std::span(&request, 1)));
	EXPECT_FALSE(exists(volume)) << "nothing was made in the mount point";
	fs().mount();
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Present);
	EXPECT_TRUE(succeeded(destroy(ref)));
}

TEST_F(BtrfsProviderTest, AnotherFileSystemInTheVolumesPlaceIsNotTouched)
{
	const auto request = requestFor(volume);
	const auto ref = create(request);
	run("mount -t tmpfs fss-test '" + volume + "'");
	EXPECT_FALSE(provider.presence(ref)) << "it is there, behind that";
	EXPECT_FALSE(makeSnapshots(provider, std::span(&request, 1)));
	EXPECT_TRUE(std::filesystem::is_empty(volume));
	EXPECT_TRUE(succeeded(destroy(ref))) << "its own file system is mounted elsewhere";
	run("umount '" + volume + "'");
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, AnotherSubvolumeInTheVolumesPlaceIsNotSnapshotted)
{
	const auto request = requestFor(volume);
	std::filesystem::rename(volume, volume + "-moved");
	ASSERT_EQ(btrfs_util_create_subvolume(volume.c_str(), 0, nullptr, nullptr), BTRFS_UTIL_OK);
	EXPECT_TRUE(failedWith(makeSnapshots(provider, std::span(&request, 1)), HResult::Fail));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

// -------------------------------------------------------- gone means gone

TEST_F(BtrfsProviderTest, ASnapshotWhoseStoreWasMovedAwayIsDestroyedThere)
{
	std::filesystem::create_directory(volume + "/deep");
	for (const auto &place : {volume + "/mine", volume + "/deep/.fss", volume + "-outside"}) {
		const auto ref = create(requestFor(volume));
		std::filesystem::rename(volume + "/.fss", place);
		const auto there = provider.presence(ref);
		ASSERT_FALSE(there) << "neither absent nor where it should be";
		EXPECT_NE(there.error().advice.find("/snapshot"), std::string::npos)
		        << there.error().text();
		EXPECT_TRUE(succeeded(destroy(ref)));
		EXPECT_FALSE(exists(place)) << "what was made for it goes, too";
		EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
	}
}

TEST_F(BtrfsProviderTest, OthersInAStoreThatWasMovedAwayStay)
{
	const auto first = create(requestFor(volume)), second = create(requestFor(volume));
	std::filesystem::rename(volume + "/.fss", volume + "/mine");
	EXPECT_TRUE(succeeded(destroy(first)));
	EXPECT_TRUE(exists(volume + "/mine/" + second.id.text() + "/snapshot"));
	EXPECT_TRUE(succeeded(destroy(second)));
	EXPECT_FALSE(exists(volume + "/mine"));
}

TEST_F(BtrfsProviderTest, ASnapshotThatWasTakenOutOfItsDirectoryIsDestroyed)
{
	const auto ref = create(requestFor(volume, true));
	const auto kept = volume + "-kept";
	std::filesystem::rename(provider.exposedPath(ref, ""), kept);
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(kept));
	EXPECT_FALSE(exists(volume + "/.fss"));
}

TEST_F(BtrfsProviderTest, AStoreOfAnotherInItsPlaceHindersNoDeletion)
{
	const auto ref = create(requestFor(volume));
	std::filesystem::rename(volume + "/.fss", volume + "/mine");
	std::filesystem::create_directory(volume + "/.fss");
	ASSERT_EQ(chown((volume + "/.fss").c_str(), 1000, 1000), 0);
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(volume + "/mine"));
	EXPECT_TRUE(succeeded(destroy(ref))) << "may be repeated";
}

TEST_F(BtrfsProviderTest, ASnapshotWithNestedOnesIsDestroyedWhereverItLies)
{
	ASSERT_EQ(btrfs_util_create_subvolume((volume + "/inner").c_str(), 0, nullptr, nullptr),
	          BTRFS_UTIL_OK);
	const auto location = inspect(volume, {"", NestedPolicy::Include});
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = location.volume;
	request.nested = NestedPolicy::Include;
	request.exposedPaths = {""};
	const auto ref = create(request);
	ASSERT_TRUE(isReadOnly(provider.exposedPath(ref, "inner")));
	std::filesystem::rename(volume + "/.fss", volume + "-moved");
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(volume + "-moved"));
}

TEST_F(BtrfsProviderTest, SnapshotsOfAVolumeThatWasReplacedAreDestroyed)
{
	const auto ref = create(requestFor(volume));
	const auto copy = provider.exposedPath(ref, "").substr(volume.size());
	std::filesystem::rename(volume, volume + ".old");
	run(fmt::format("btrfs -q subvolume snapshot '{0}.old{1}' '{0}'", volume, copy));
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(volume + ".old/.fss"));
	EXPECT_EQ(provider.presence(ref), SnapshotPresence::Absent);
	const auto after = create(requestFor(volume));
	EXPECT_TRUE(succeeded(destroy(after))) << "and the new volume has its own";
}

// Its file system is mounted by subvolumes only, none of which holds it.
TEST_F(BtrfsProviderTest, ASnapshotOutsideOfAllMountsIsDestroyed)
{
	const auto name = volume.substr(volume.rfind('/') + 1);
	fs().unmount();
	fs().mount("subvol=" + name);
	const auto ref = create(requestFor(fs().root()));
	fs().unmount();
	fs().mount();
	std::filesystem::rename(volume + "/.fss", fs().path("hidden"));
	fs().unmount();
	fs().mount("subvol=" + name);
	EXPECT_TRUE(succeeded(destroy(ref)));
	fs().unmount();
	fs().mount();
	EXPECT_FALSE(exists(fs().path("hidden")));
}

// --------------------------------------------------------- finished is finished

class ASealedSnapshot : public BtrfsProviderTest {
protected:
	/// What a server process is told that is about to show the snapshot.
	Result<void> check(const SnapshotRef &ref)
	{
		const auto path = provider.exposedPath(ref, "");
		const auto holder = btrfs::openDirectory(AT_FDCWD, path.substr(0, path.rfind('/')));
		const auto root = btrfs::openDirectory(AT_FDCWD, path);
		return btrfs::checkSnapshot(holder->get(), root->get(), ref.uuid, path);
	}
	static void setReadOnly(const std::string &path, const char *value)
	{
		run(fmt::format("btrfs property set -ts '{}' ro {}", path, value));
	}
};

TEST_F(ASealedSnapshot, IsKnownForAsLongAsItIsUnchanged)
{
	const auto ref = create(requestFor(volume));
	EXPECT_TRUE(succeeded(check(ref)));
	auto other = ref;
	other.uuid = "11111111-2222-3333-4444-555555555555";
	EXPECT_EQ(check(other).error().errnum, ESTALE);
}

TEST_F(ASealedSnapshot, IsRefusedWhileItIsWritable)
{
	const auto ref = create(requestFor(volume));
	const auto path = provider.exposedPath(ref, "");
	setReadOnly(path, "false");
	EXPECT_EQ(check(ref).error().errnum, EBADMSG);
	setReadOnly(path, "true");
	EXPECT_TRUE(succeeded(check(ref))) << "nothing was changed";
}

TEST_F(ASealedSnapshot, IsRefusedWhenItWasChanged)
{
	write(volume + "/file", "x");
	const auto ref = create(requestFor(volume));
	const auto path = provider.exposedPath(ref, "");
	setReadOnly(path, "false");
	write(path + "/file", "y");
	setReadOnly(path, "true");
	run("sync");
	EXPECT_EQ(check(ref).error().errnum, EBADMSG);
}

TEST_F(ASealedSnapshot, MayBeWrittenUntilItIsRecoveredOnly)
{
	const auto ref = create(requestFor(volume, true));
	const auto path = provider.exposedPath(ref, "");
	EXPECT_TRUE(succeeded(check(ref)));
	write(path + "/file", std::string(1 << 20, 'x'));
	ASSERT_TRUE(succeeded(provider.seal(ref)));
	EXPECT_TRUE(succeeded(check(ref)));
	run("sync");
	EXPECT_TRUE(succeeded(check(ref))) << "what was written before counts as before";
	setReadOnly(path, "false");
	EXPECT_EQ(check(ref).error().errnum, EBADMSG);
}

} // namespace
} // namespace fss
