// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Versions.h"

#include "testing/Printing.h"

#include <cerrno>
#include <filesystem>
#include <gtest/gtest.h>

namespace fss {
namespace {

struct World {
	std::vector<Version> versions;
	size_t asked = 0;
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

TEST_F(VersionsTest, SayWhyTheyCannotBeRead)
{
	world.failure = Error{HResult::NotSupported, "open the store", EACCES, ""};
	EXPECT_EQ(known.list().error().errnum, EACCES);
	EXPECT_EQ(known.find(1).error().errnum, EACCES);
}

} // namespace
} // namespace fss
