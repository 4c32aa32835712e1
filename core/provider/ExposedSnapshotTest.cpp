// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/ExposedSnapshot.h"

#include "provider/btrfs/BtrfsProvider.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss {
namespace {

class ExposedSnapshotTest : public OnBtrfs {
protected:
	static constexpr uid_t user = 65'534;

	void SetUp() override
	{
		OnBtrfs::SetUp();
		if (volume.empty())
			return;
		// Users get as far as the volume.
		const auto around = std::filesystem::path(fs().root()).parent_path();
		ASSERT_EQ(chmod(around.c_str(), 0711), 0);
		std::filesystem::create_directories(volume + "/share/sub");
		write(volume + "/share/sub/file", "content");
		std::filesystem::create_directory_symlink("/etc", volume + "/share/out");
		std::filesystem::create_directory_symlink("sub", volume + "/share/in");
		const auto location = provider.inspect(volume + "/share", {});
		ASSERT_TRUE(succeeded(location));
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = location->volume;
		request.exposedPaths = {"share"};
		const auto made = makeSnapshots(provider, std::span(&request, 1));
		ASSERT_TRUE(succeeded(made));
		ref = {request.id, request.volume, made->at(0).uuid};
		ASSERT_TRUE(succeeded(provider.seal(ref)));
		root = provider.exposedPath(ref, "");
		place = {fmt::format("share@{{{}}}", ref.id.text()), root + "/share", ref.uuid,
		         volume};
	}

	Result<std::optional<ExposedSnapshot>> open() const { return ExposedSnapshot::open(place); }
	ExposedSnapshot opened() const
	{
		auto found = open();
		EXPECT_TRUE(succeeded(found));
		EXPECT_TRUE(found->has_value());
		return std::move(**found);
	}
	testing::AssertionResult refusedWith(int errnum) const
	{
		const auto found = open();
		if (found)
			return testing::AssertionFailure() << "it was opened";
		if (found.error().errnum != errnum)
			return testing::AssertionFailure() << found.error().text();
		return testing::AssertionSuccess();
	}
	void setReadOnly(bool readOnly) const
	{
		run(fmt::format("btrfs property set '{}' ro {}", root, readOnly));
	}
	/// What a child process, which may change itself, ends with.
	static int inChild(const std::function<int()> &fn)
	{
		const auto child = fork();
		if (child == 0)
			_exit(fn());
		int status = 0;
		waitpid(child, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	static bool becomeUser()
	{
		return setgroups(0, nullptr) == 0 && setresgid(user, user, user) == 0 &&
		       setresuid(user, user, user) == 0;
	}
	static std::string here()
	{
		std::error_code ignored;
		return std::filesystem::current_path(ignored);
	}

	BtrfsProvider provider;
	SnapshotRef ref;
	std::string root;
	ExposedPlace place;
};

// ------------------------------------------------------------- which is opened

TEST_F(ExposedSnapshotTest, TheSnapshotThatWasMadeIsOpened)
{
	const auto snapshot = opened();
	struct stat one {};
	struct stat other {};
	ASSERT_EQ(fstat(snapshot.root(), &one), 0);
	ASSERT_EQ(stat(root.c_str(), &other), 0);
	EXPECT_EQ(one.st_dev, other.st_dev);
	EXPECT_EQ(one.st_ino, other.st_ino);
	EXPECT_EQ(fcntl(snapshot.root(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(ExposedSnapshotTest, AnEarlierVersionsShareTellsNoUuid)
{
	place.uuid = "";
	place.volume = "";
	EXPECT_TRUE(opened().holds(root));
}

TEST_F(ExposedSnapshotTest, OtherSharesAreNoneOfItsBusiness)
{
	const auto exposed = place;
	place.service = "share";
	EXPECT_FALSE(open()->has_value()) << "an ordinary share's name";
	place = exposed;
	place.path = volume + "/share";
	EXPECT_FALSE(open()->has_value()) << "a path outside of every store";
}

TEST_F(ExposedSnapshotTest, AForeignSubvolumeInItsPlaceIsRefused)
{
	setReadOnly(false);
	std::filesystem::rename(root, volume + "/kept");
	run("btrfs -q subvolume snapshot -r '" + volume + "' '" + root + "'");
	EXPECT_TRUE(refusedWith(ESTALE));
}

TEST_F(ExposedSnapshotTest, ADirectoryInItsPlaceIsRefused)
{
	setReadOnly(false);
	std::filesystem::rename(root, volume + "/kept");
	std::filesystem::create_directories(root + "/share");
	EXPECT_TRUE(refusedWith(ENOENT));
}

TEST_F(ExposedSnapshotTest, AWritableOneIsRefused)
{
	setReadOnly(false);
	EXPECT_TRUE(refusedWith(EBADMSG));
	setReadOnly(true);
	EXPECT_TRUE(opened().holds(root)) << "nothing in it was changed";
}

TEST_F(ExposedSnapshotTest, AChangedOneIsRefused)
{
	setReadOnly(false);
	write(root + "/share/sub/file", "changed");
	run("btrfs filesystem sync '" + root + "'");
	setReadOnly(true);
	EXPECT_TRUE(refusedWith(EBADMSG));
}

TEST_F(ExposedSnapshotTest, ADirectoryOfAUsersAroundItIsRefused)
{
	const auto holder = std::filesystem::path(root).parent_path().string();
	ASSERT_EQ(chown(holder.c_str(), user, user), 0);
	EXPECT_TRUE(refusedWith(ESTALE));
	ASSERT_EQ(chown(holder.c_str(), 0, 0), 0);
	ASSERT_EQ(chmod(holder.c_str(), 0777), 0);
	EXPECT_TRUE(refusedWith(ESTALE));
}

TEST_F(ExposedSnapshotTest, ALinkOnTheWayIsRefused)
{
	std::filesystem::rename(volume + "/.fss", volume + "/moved");
	std::filesystem::create_directory_symlink("moved", volume + "/.fss");
	EXPECT_TRUE(refusedWith(ELOOP));
}

TEST_F(ExposedSnapshotTest, AMovedStoreIsNotFound)
{
	std::filesystem::rename(volume + "/.fss", volume + "/moved");
	EXPECT_TRUE(refusedWith(ENOENT));
}

// ------------------------------------------------------------- paths, as text

TEST_F(ExposedSnapshotTest, HoldsItsRootAndWhatIsBelow)
{
	const auto snapshot = opened();
	for (const auto &path : {root, root + "/", root + "/share", root + "//share"})
		EXPECT_TRUE(snapshot.holds(path)) << path;
	for (const auto &path : {root + "2", volume, std::string("/"), std::string("share")})
		EXPECT_FALSE(snapshot.holds(path)) << path;
}

TEST_F(ExposedSnapshotTest, LiesBelowTheDirectoriesAroundIt)
{
	const auto snapshot = opened();
	for (const auto &path : {volume, volume + "/", volume + "/.fss", std::string("/")})
		EXPECT_TRUE(snapshot.liesBelow(path)) << path;
	for (const auto &path : {root, root + "/", root + "/share", volume + "/.f"})
		EXPECT_FALSE(snapshot.liesBelow(path)) << path;
}

TEST_F(ExposedSnapshotTest, TellsWhatIsInside)
{
	const auto snapshot = opened();
	EXPECT_EQ(snapshot.inside(root), ".");
	EXPECT_EQ(snapshot.inside(root + "/"), ".");
	EXPECT_EQ(snapshot.inside(root + "/share/sub"), "share/sub");
	EXPECT_EQ(snapshot.inside(root + "//share"), "share");
}

// ---------------------------------------------------------------- the way in

TEST_F(ExposedSnapshotTest, AUserEntersWithoutTheWayThroughTheStore)
{
	const auto snapshot = opened();
	const auto inside = root + "/share/sub";
	EXPECT_EQ(inChild([&] {
		          if (!becomeUser() || access(inside.c_str(), F_OK) == 0)
			          return 1;
		          if (snapshot.changeTo(inside) != 0)
			          return 2;
		          return access("file", R_OK) == 0 ? 0 : 3;
	          }),
	          0);
}

TEST_F(ExposedSnapshotTest, WhoMayNotEnterTheVolumeMayNotEnterItsSnapshot)
{
	const auto snapshot = opened();
	ASSERT_EQ(chmod(volume.c_str(), 0700), 0);
	EXPECT_EQ(inChild([&] {
		          if (!becomeUser())
			          return 1;
		          return snapshot.changeTo(root + "/share") == EACCES ? 0 : 2;
	          }),
	          0);
	ASSERT_EQ(chmod(volume.c_str(), 0711), 0);
	EXPECT_EQ(inChild([&] {
		          return becomeUser() && snapshot.changeTo(root + "/share") == 0 ? 0 : 1;
	          }),
	          0);
}

TEST_F(ExposedSnapshotTest, NothingOutsideIsReached)
{
	const auto snapshot = opened();
	EXPECT_EQ(inChild([&] {
		          if (!becomeUser() || chdir("/") != 0)
			          return 1;
		          for (const char *way : {"/..", "/share/out", "/share/../../.."})
			          if (snapshot.changeTo(root + way) == 0)
				          return 2;
		          return here() == "/" ? 0 : 3;
	          }),
	          0)
	        << "and the process stays where it was";
	for (const auto &path : {std::string("/etc"), volume, root + "/../..", root + "/share/out"})
		EXPECT_FALSE(snapshot.resolve(path)) << path;
	EXPECT_FALSE(snapshot.resolve("/etc"));
	EXPECT_EQ(errno, EXDEV);
}

TEST_F(ExposedSnapshotTest, ALinkInsideIsFollowed)
{
	const auto snapshot = opened();
	EXPECT_TRUE(snapshot.resolve(root + "/share/in/file"));
	EXPECT_FALSE(snapshot.resolve(root + "/share/in/nothing"));
	EXPECT_EQ(errno, ENOENT);
}

TEST_F(ExposedSnapshotTest, WhatIsResolvedIsAPlaceAndNothingToActOn)
{
	const auto snapshot = opened();
	const auto file = snapshot.resolve(root + "/share/sub");
	ASSERT_TRUE(file);
	EXPECT_NE(fcntl(file.get(), F_GETFL) & O_PATH, 0);
}

} // namespace
} // namespace fss
