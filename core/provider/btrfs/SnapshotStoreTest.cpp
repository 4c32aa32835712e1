// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotStore.h"

#include "provider/btrfs/BtrfsFs.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <btrfsutil.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fss {
namespace {

class SnapshotStoreTest : public OnBtrfs {
protected:
	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (IsSkipped() || HasFatalFailure())
			return;
		const Fd root(open(volume.c_str(), O_RDONLY | O_DIRECTORY));
		fsid = btrfs::fileSystemId(root.get()).value();
		path = volume + "/.fss";
	}
	SnapshotStore store() const { return SnapshotStore(path); }

	/// Whatever stands in the store's place is refused and left as it is.
	void expectRefusal(const std::string &word)
	{
		const auto id = CopyId::random();
		for (const auto &result :
		     {store().check(fsid),
		      store().makeCopyDirectory(id, fsid).map([](const Fd &) {}),
		      store().openCopyDirectory(id, fsid).map([](const Fd &) {}),
		      store().removeCopyDirectory(id, fsid)}) {
			EXPECT_TRUE(failedWith(result, HResult::NotSupported));
			ASSERT_FALSE(result);
			EXPECT_NE(result.error().text().find(word), std::string::npos)
			        << result.error().text();
		}
		EXPECT_TRUE(exists(path));
	}

	std::string fsid, path;
};

TEST_F(SnapshotStoreTest, IsNotThereUntilItIsNeeded)
{
	EXPECT_TRUE(succeeded(store().check(fsid)));
	EXPECT_FALSE(exists(path));
	const auto directory = store().openCopyDirectory(CopyId::random(), fsid);
	ASSERT_TRUE(succeeded(directory));
	EXPECT_FALSE(*directory);
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(CopyId::random(), fsid)));
}

TEST_F(SnapshotStoreTest, IsASubvolumeOfRootThatOthersCannotEnter)
{
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	for (const auto &directory : {path, path + "/" + id.text()}) {
		struct stat info {};
		ASSERT_EQ(lstat(directory.c_str(), &info), 0);
		EXPECT_EQ(info.st_mode, S_IFDIR | 0700U) << directory;
		EXPECT_EQ(info.st_uid, 0U);
	}
	EXPECT_EQ(btrfs_util_is_subvolume(path.c_str()), BTRFS_UTIL_OK);
}

TEST_F(SnapshotStoreTest, TheUmaskDoesNotMatter)
{
	for (const mode_t mask : {0, 0777}) {
		const auto before = umask(mask);
		const auto id = CopyId::random();
		const auto made = store().makeCopyDirectory(id, fsid);
		umask(before);
		ASSERT_TRUE(succeeded(made));
		struct stat info {};
		ASSERT_EQ(stat(path.c_str(), &info), 0);
		EXPECT_EQ(info.st_mode & 07777, 0700U);
		EXPECT_TRUE(succeeded(store().removeCopyDirectory(id, fsid)));
	}
}

TEST_F(SnapshotStoreTest, OneThatAnEarlierVersionLeftOpenIsClosed)
{
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	const auto copy = path + "/" + id.text();
	for (const auto &directory : {path, copy})
		ASSERT_EQ(chmod(directory.c_str(), 0711), 0);
	EXPECT_TRUE(succeeded(store().openCopyDirectory(id, fsid)));
	for (const auto &directory : {path, copy}) {
		struct stat info {};
		ASSERT_EQ(stat(directory.c_str(), &info), 0);
		EXPECT_EQ(info.st_mode & 07777, 0700U) << directory;
	}
}

TEST_F(SnapshotStoreTest, AConfiguredStoreKeepsItsModeAndWhatIsMadeInItIsClosed)
{
	path = volume + "/configured";
	ASSERT_EQ(mkdir(path.c_str(), 0711), 0);
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	struct stat info {};
	ASSERT_EQ(stat(path.c_str(), &info), 0);
	EXPECT_EQ(info.st_mode & 07777, 0711U);
	ASSERT_EQ(stat((path + "/" + id.text()).c_str(), &info), 0);
	EXPECT_EQ(info.st_mode & 07777, 0700U);
}

// After a rollback the volume is a snapshot of itself.
TEST_F(SnapshotStoreTest, TheStubOfOneInASnapshotIsReplaced)
{
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(CopyId::random(), fsid)));
	const auto rolledBack = volume + "-rolled-back";
	run(fmt::format("btrfs -q subvolume snapshot '{}' '{}'", volume, rolledBack));
	path = rolledBack + "/.fss";
	struct stat info {};
	ASSERT_EQ(stat(path.c_str(), &info), 0);
	ASSERT_EQ(info.st_ino, 2U);
	EXPECT_TRUE(succeeded(store().check(fsid)));
	const auto absent = store().openCopyDirectory(CopyId::random(), fsid);
	EXPECT_TRUE(succeeded(absent));
	EXPECT_FALSE(*absent);
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	EXPECT_EQ(btrfs_util_is_subvolume(path.c_str()), BTRFS_UTIL_OK);
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(id, fsid)));
	EXPECT_FALSE(exists(path));
}

TEST_F(SnapshotStoreTest, GoesWithItsLastCopy)
{
	const auto first = CopyId::random(), second = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(first, fsid)));
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(first, fsid))) << "may be repeated";
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(second, fsid)));
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(first, fsid)));
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(first, fsid)));
	EXPECT_TRUE(exists(path));
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(second, fsid)));
	EXPECT_FALSE(exists(path));
}

TEST_F(SnapshotStoreTest, AConfiguredStoreIsLeftStanding)
{
	path = volume + "/configured";
	ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	EXPECT_EQ(store().snapshotPath(id), path + "/" + id.text() + "/snapshot");
	EXPECT_TRUE(succeeded(store().removeCopyDirectory(id, fsid)));
	EXPECT_TRUE(exists(path));
}

TEST_F(SnapshotStoreTest, AConfiguredStoreMayBeWrittenWithASlashBehind)
{
	path = volume + "/configured/";
	ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
	const auto id = CopyId::random();
	EXPECT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	EXPECT_TRUE(exists(volume + "/configured/" + id.text()));
}

TEST_F(SnapshotStoreTest, AConfiguredStoreMustBeThere)
{
	path = volume + "/configured";
	const auto checked = store().check(fsid);
	ASSERT_TRUE(failedWith(checked, HResult::NotSupported));
	EXPECT_NE(checked.error().advice.find("install -d"), std::string::npos);
}

// ------------------------------------------------------------------ planted

TEST_F(SnapshotStoreTest, RefusesAPlantedFile)
{
	write(path, "planted");
	expectRefusal("link or no directory");
	EXPECT_EQ(read(path), "planted");
}

TEST_F(SnapshotStoreTest, RefusesAPlantedLink)
{
	ASSERT_EQ(mkdir((volume + "/elsewhere").c_str(), 0711), 0);
	ASSERT_EQ(symlink("elsewhere", path.c_str()), 0);
	expectRefusal("link or no directory");
	EXPECT_TRUE(std::filesystem::is_empty(volume + "/elsewhere"));
}

TEST_F(SnapshotStoreTest, RefusesAForeignDirectory)
{
	ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
	ASSERT_EQ(chown(path.c_str(), 12345, 0), 0);
	expectRefusal("uid 12345");
}

TEST_F(SnapshotStoreTest, RefusesADirectoryThatOthersCanWriteTo)
{
	ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
	for (const mode_t mode : {0720, 0702, 0777, 01777}) {
		ASSERT_EQ(chmod(path.c_str(), mode), 0);
		expectRefusal("written to by others");
	}
}

TEST_F(SnapshotStoreTest, RefusesADirectoryOfAnotherFileSystem)
{
	ASSERT_EQ(mkdir(path.c_str(), 0711), 0);
	run("mount -t tmpfs -o mode=0711 fss-test '" + path + "'");
	expectRefusal("not on the volume's file system");
	run("umount '" + path + "'");
}

TEST_F(SnapshotStoreTest, ALinkInTheCopysPlaceIsNotFollowed)
{
	const auto id = CopyId::random(), other = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(other, fsid)));
	ASSERT_EQ(symlink("/", (path + "/" + id.text()).c_str()), 0);
	EXPECT_FALSE(store().openCopyDirectory(id, fsid));
	EXPECT_FALSE(store().makeCopyDirectory(id, fsid));
}

TEST_F(SnapshotStoreTest, ACopysDirectoryThatIsNotRootsAloneIsRefused)
{
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	const auto directory = path + "/" + id.text();
	ASSERT_EQ(chmod(directory.c_str(), 0777), 0);
	EXPECT_TRUE(failedWith(store().openCopyDirectory(id, fsid), HResult::NotSupported));
	ASSERT_EQ(chmod(directory.c_str(), 0711), 0);
	ASSERT_EQ(chown(directory.c_str(), 12345, 0), 0);
	EXPECT_TRUE(failedWith(store().openCopyDirectory(id, fsid), HResult::NotSupported));
	EXPECT_TRUE(failedWith(store().makeCopyDirectory(id, fsid), HResult::NotSupported));
	ASSERT_EQ(chown(directory.c_str(), 0, 0), 0);
	EXPECT_TRUE(succeeded(store().openCopyDirectory(id, fsid)));
}

TEST_F(SnapshotStoreTest, ACopysDirectoryOnAnotherFileSystemIsRefused)
{
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	run("mount -t tmpfs -o mode=0711 fss-test '" + path + "/" + id.text() + "'");
	const auto opened = store().openCopyDirectory(id, fsid);
	const auto made = store().makeCopyDirectory(id, fsid);
	run("umount '" + path + "/" + id.text() + "'");
	EXPECT_TRUE(failedWith(opened, HResult::NotSupported));
	EXPECT_TRUE(failedWith(made, HResult::NotSupported));
}

TEST_F(SnapshotStoreTest, ALinkOnTheWayToAStoreIsRefused)
{
	run("mkdir -p '" + volume + "/real/store' && ln -s real '" + volume + "/link'");
	for (const char *name : {"store", ".fss"}) {
		path = volume + "/link/" + name;
		EXPECT_TRUE(failedWith(store().check(fsid), HResult::NotSupported));
		const auto made = store().makeCopyDirectory(CopyId::random(), fsid);
		ASSERT_TRUE(failedWith(made, HResult::NotSupported));
		EXPECT_NE(made.error().text().find("through a link"), std::string::npos);
	}
	EXPECT_FALSE(exists(volume + "/real/.fss"));
}

TEST_F(SnapshotStoreTest, InheritedAclsLetNobodyIn)
{
	run("setfacl -d -m u:12345:rwx,g::rwx,o::rwx '" + volume + "'");
	const auto id = CopyId::random();
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(id, fsid)));
	for (const auto &directory : {path, path + "/" + id.text()}) {
		struct stat info {};
		ASSERT_EQ(stat(directory.c_str(), &info), 0);
		EXPECT_EQ(info.st_mode & 07777, 0700U) << directory;
		run("test -z \"$(getfacl -p '" + directory +
		    "' | grep -e default: -e user:12345)\"");
	}
}

// ---------------------------------------------------------------- read-only

TEST_F(SnapshotStoreTest, RefusesAReadOnlyVolume)
{
	ASSERT_EQ(btrfs_util_set_subvolume_read_only(volume.c_str(), true), BTRFS_UTIL_OK);
	const auto checked = store().check(fsid);
	const auto made = store().makeCopyDirectory(CopyId::random(), fsid);
	ASSERT_EQ(btrfs_util_set_subvolume_read_only(volume.c_str(), false), BTRFS_UTIL_OK);
	EXPECT_TRUE(failedWith(checked, HResult::NotSupported));
	EXPECT_TRUE(failedWith(made, HResult::NotSupported));
	EXPECT_NE(checked.error().text().find("Read-only"), std::string::npos);
}

TEST_F(SnapshotStoreTest, RefusesAReadOnlyFileSystem)
{
	ASSERT_TRUE(succeeded(store().makeCopyDirectory(CopyId::random(), fsid)));
	run("mount -o remount,ro '" + fs().root() + "'");
	const auto checked = store().check(fsid);
	run("mount -o remount,rw '" + fs().root() + "'");
	EXPECT_TRUE(failedWith(checked, HResult::NotSupported));
	EXPECT_TRUE(succeeded(store().check(fsid)));
}

TEST_F(SnapshotStoreTest, RefusesAnImmutableVolume)
{
	run("chattr +i '" + volume + "'");
	const auto checked = store().check(fsid);
	run("chattr -i '" + volume + "'");
	ASSERT_TRUE(failedWith(checked, HResult::NotSupported));
	EXPECT_NE(checked.error().advice.find("chattr -i"), std::string::npos);
}

TEST_F(SnapshotStoreTest, AnotherFileSystemInTheVolumesPlaceIsNoticed)
{
	const auto made = store().makeCopyDirectory(CopyId::random(), "00000000-another");
	EXPECT_TRUE(failedWith(made, HResult::NotSupported));
	EXPECT_FALSE(exists(path));
}

// ------------------------------------------------------------------ several

TEST_F(SnapshotStoreTest, WorkersMakeAndRemoveBesideEachOther)
{
	constexpr int workers = 6, rounds = 25;
	std::vector<std::string> troubles(workers);
	{
		std::vector<std::jthread> threads;
		for (size_t worker = 0; worker < workers; worker++)
			threads.emplace_back([&, worker] {
				for (int round = 0; round < rounds; round++) {
					const auto id = CopyId::random();
					auto made = store().makeCopyDirectory(id, fsid);
					if (!made)
						troubles[worker] += made.error().text() + "; ";
					auto gone = store().removeCopyDirectory(id, fsid);
					if (!gone)
						troubles[worker] += gone.error().text() + "; ";
				}
			});
	}
	for (const auto &trouble : troubles)
		EXPECT_EQ(trouble, "");
	EXPECT_FALSE(exists(path));
}

TEST(SnapshotStore, KnowsPathsThatRunThroughAStore)
{
	EXPECT_TRUE(liesInStore("/srv/.fss"));
	EXPECT_TRUE(liesInStore("/srv/.fss/X/snapshot/dir"));
	EXPECT_FALSE(liesInStore("/srv/.fssx"));
	EXPECT_FALSE(liesInStore("/srv/x.fss/a"));
	EXPECT_FALSE(liesInStore("/"));
}

} // namespace
} // namespace fss
