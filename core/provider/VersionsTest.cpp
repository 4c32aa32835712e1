// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Versions.h"

#include "publish/ModuleList.h"
#include "testing/Printing.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace fss {
namespace {

struct World {
	std::vector<Version> versions;
	size_t asked = 0;
	size_t opened = 0;
	std::optional<Error> failure;
};

class Source : public VersionSource {
public:
	explicit Source(World &world) : world_(world) {}
	Result<std::vector<Version>> list() const override
	{
		world_.asked++;
		if (world_.failure)
			return tl::unexpected(*world_.failure);
		return world_.versions;
	}
	Result<Fd> open(const Version &version) const override
	{
		world_.opened++;
		Fd root(::open(version.closed->path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		if (!root)
			return VersionSource::open(version);
		return root;
	}

private:
	World &world_;
};

class VersionsTest : public testing::Test {
protected:
	VersionsTest()
	{
		std::string name = "/tmp/fss-versions-XXXXXX";
		directory = mkdtemp(name.data());
	}
	~VersionsTest() override { std::filesystem::remove_all(directory); }

	std::string add(int64_t time, const std::string &name)
	{
		const auto path = directory + "/" + name;
		std::filesystem::create_directory(path);
		world.versions.push_back({time, path});
		return path;
	}

	/// A version whose share is "share" in its snapshot.
	std::string addClosed(int64_t time, const std::string &name)
	{
		const auto path = directory + "/" + name;
		std::filesystem::create_directories(path + "/share");
		std::ofstream(path + "/share/file") << name;
		world.versions.push_back({time, path + "/share", ClosedSnapshot{path, name}});
		return path;
	}
	static std::string contentAt(const std::string &way)
	{
		std::ifstream file(way + "/file");
		return {std::istreambuf_iterator<char>(file), {}};
	}

	std::string directory;
	World world;
	KnownVersions known{std::make_unique<Source>(world)};
};

TEST_F(VersionsTest, AreListedTheLatestFirst)
{
	for (const int64_t time : {2, 5, 1})
		add(time, std::to_string(time));
	std::vector<int64_t> times;
	const auto listed = known.list();
	ASSERT_TRUE(succeeded(listed));
	for (const auto &version : *listed)
		times.push_back(version.time);
	EXPECT_EQ(times, (std::vector<int64_t>{5, 2, 1}));
}

TEST_F(VersionsTest, AreListedAsTheyAreNow)
{
	add(1, "a");
	EXPECT_EQ(known.list()->size(), 1U);
	world.versions.clear();
	EXPECT_TRUE(known.list()->empty());
}

TEST_F(VersionsTest, AreLookedForOnce)
{
	const auto path = add(7, "a");
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(*known.find(7), path);
	EXPECT_EQ(world.asked, 1U);
}

TEST_F(VersionsTest, AreLookedForAgainWhereTheyAreNotKnown)
{
	const auto missing = known.find(7);
	ASSERT_FALSE(missing);
	EXPECT_EQ(missing.error().errnum, ENOENT);
	add(7, "a");
	EXPECT_EQ(*known.find(7), directory + "/a");
}

TEST_F(VersionsTest, ThatAreGoneAreNotFoundAndTheirTimeMayBeAnothers)
{
	const auto path = add(7, "a");
	ASSERT_EQ(*known.find(7), path);
	std::filesystem::remove(path);
	world.versions.clear();
	EXPECT_FALSE(known.find(7));
	EXPECT_EQ(known.at(path), nullptr);
	const auto other = add(7, "b");
	EXPECT_EQ(*known.find(7), other);
}

TEST_F(VersionsTest, AreKnownOnceTheyWereFoundAndAsLongAsTheyAreThere)
{
	const auto path = add(7, "a");
	EXPECT_EQ(known.known(7), std::nullopt);
	ASSERT_TRUE(known.find(7));
	EXPECT_EQ(known.known(7), path);
	std::filesystem::remove(path);
	EXPECT_EQ(known.known(7), std::nullopt);
}

TEST_F(VersionsTest, KnowWhatLiesInThem)
{
	const auto path = add(7, "a");
	EXPECT_EQ(known.at(path), nullptr) << "nobody has asked for it";
	ASSERT_TRUE(known.find(7));
	ASSERT_NE(known.at(path), nullptr);
	EXPECT_EQ(known.at(path)->time, 7);
	EXPECT_NE(known.at(path + "/sub/file"), nullptr);
	EXPECT_EQ(known.at(path + "x"), nullptr);
	EXPECT_EQ(known.at(directory), nullptr);
}

TEST_F(VersionsTest, ThatAreClosedAreHeldOpenAndEnteredFromThere)
{
	addClosed(7, "a");
	const auto way = known.find(7);
	ASSERT_TRUE(succeeded(way));
	EXPECT_TRUE(way->starts_with("/proc/self/fd/")) << *way;
	EXPECT_EQ(contentAt(*way), "a");
	EXPECT_EQ(known.known(7), *way);
	EXPECT_EQ(known.find(7), *way);
	EXPECT_EQ(world.opened, 1U);
}

TEST_F(VersionsTest, OfAVolumesRootArePathsWhoseLastComponentIsNoLink)
{
	const auto path = addClosed(7, "a");
	world.versions[0].directory = path;
	const auto way = known.find(7);
	ASSERT_TRUE(succeeded(way));
	EXPECT_FALSE(std::filesystem::is_symlink(*way));
	EXPECT_TRUE(std::filesystem::is_directory(*way));
}

TEST_F(VersionsTest, ThatAreClosedAreKnownByThePathThatTheKernelHas)
{
	const auto path = addClosed(7, "a");
	ASSERT_TRUE(known.find(7));
	ASSERT_NE(known.at(path + "/share/sub"), nullptr);
	EXPECT_EQ(known.at(path + "/share")->time, 7);
	EXPECT_EQ(known.at(path), nullptr) << "not the share's";
	known.closeUnused();
	known.closeUnused();
	EXPECT_NE(known.at(path + "/share"), nullptr) << "smbd may be in it still";
}

TEST_F(VersionsTest, ThatAreClosedAndDeletedAreGone)
{
	const auto path = addClosed(7, "a");
	ASSERT_TRUE(known.find(7));
	std::filesystem::remove_all(path);
	world.versions.clear();
	EXPECT_EQ(known.known(7), std::nullopt);
	EXPECT_EQ(known.find(7).error().errnum, ENOENT);
	EXPECT_EQ(known.at(path + "/share"), nullptr);
}

TEST_F(VersionsTest, ThatAreClosedAreHeldWhileTheyAreAskedFor)
{
	addClosed(7, "a");
	ASSERT_TRUE(known.find(7));
	EXPECT_TRUE(known.closeUnused());
	EXPECT_NE(known.known(7), std::nullopt);
	EXPECT_TRUE(known.closeUnused());
	EXPECT_FALSE(known.closeUnused()) << "nobody has asked meanwhile";
	EXPECT_EQ(known.known(7), std::nullopt) << "it takes root to open it";
	EXPECT_EQ(contentAt(*known.find(7)), "a");
	EXPECT_EQ(world.opened, 2U);
}

TEST_F(VersionsTest, OfAPathThatAnotherSnapshotHasNowAreItsOwn)
{
	const auto path = addClosed(7, "a");
	ASSERT_TRUE(known.find(7));
	world.versions[0].time = 9;
	ASSERT_TRUE(known.find(9));
	EXPECT_EQ(known.at(path + "/share")->time, 9);
}

TEST_F(VersionsTest, ThatGoBeforeTheyAreOpenedAreNotFound)
{
	std::filesystem::remove_all(addClosed(7, "a"));
	EXPECT_EQ(known.find(7).error().errnum, ENOENT);
}

TEST_F(VersionsTest, SayWhyTheyCannotBeRead)
{
	world.failure = Error{HResult::NotSupported, "open the store", EACCES, ""};
	EXPECT_EQ(known.list().error().errnum, EACCES);
	EXPECT_EQ(known.find(1).error().errnum, EACCES);
}

TEST(AllowVersionsTest, ModulesThatShowTheirOwnAreNamed)
{
	for (const auto *member : {"shadow_copy2", "shadow_copy2:home", "/lib/vfs/snapper.so"}) {
		const auto allowed = allowVersionsBeside(member);
		ASSERT_FALSE(allowed) << member;
		EXPECT_EQ(allowed.error().errnum, EINVAL);
		EXPECT_NE(allowed.error().text().find(moduleName(member)), std::string::npos)
		        << allowed.error().text();
	}
	for (const auto *member : {"fss", "btrfs", "shadow_copy_not", "/lib/vfs/fss.so"})
		EXPECT_TRUE(allowVersionsBeside(member)) << member;
}

} // namespace
} // namespace fss
