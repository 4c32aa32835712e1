// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/LocalTree.h"
#include "requester/copy/Checksum.h"
#include "testing/TempDirectory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fss::requester {
namespace {

TEST(ALocalName, IsTheSharesWhereItCanBe)
{
	EXPECT_EQ(localName("", "größe.txt"), "größe.txt");
	EXPECT_EQ(localName("a", "..."), "...");
	EXPECT_EQ(localName("a", ".smbshadow"), ".smbshadow");
	EXPECT_EQ(localName("a", "line\nbreak\\x"), "line\nbreak\\x");
}

TEST(ALocalName, IsNoneForWhatLeadsAstray)
{
	for (const auto &name :
	     {std::string(), std::string("."), std::string(".."), std::string("../x"),
	      std::string("/etc/passwd"), std::string("a\0b", 3)})
		EXPECT_EQ(localName("", name), std::nullopt) << name;
	EXPECT_EQ(localPath("a/../b"), std::nullopt);
	EXPECT_EQ(localPath("/a"), std::nullopt);
}

TEST(ALocalName, IsCutWhereItIsTooLong)
{
	std::string characters;
	while (characters.size() + 3 <= 255 * 3)
		characters += "\u20ac"; // three bytes each
	auto cut = localName("", characters);
	ASSERT_TRUE(cut);
	EXPECT_LE(cut->size(), 255U);
	EXPECT_TRUE(cut->starts_with("\u20ac\u20ac"));
	EXPECT_EQ(cut->find('~') % 3, 0U) << "between characters";
	EXPECT_NE(cut, localName("", characters + "x")) << "names stay different";
	EXPECT_EQ(cut, localName("b", characters));
}

TEST(ALocalName, LeavesTheStateFolderAlone)
{
	EXPECT_TRUE(localName("", ".smbshadow")->starts_with(".smbshadow~"));
}

class ALocalTree : public testing::Test {
protected:
	TempDirectory directory;
	LocalTree tree = *LocalTree::make(directory.path("copy"));
};

TEST_F(ALocalTree, MakesDirectoriesOnlyWhereItIsToldTo)
{
	EXPECT_FALSE(tree.directory("a/b"));
	EXPECT_TRUE(tree.directory("a/b", true));
	EXPECT_TRUE(tree.directory("a/b"));
	struct stat status {};
	ASSERT_EQ(stat(directory.path("copy/a").c_str(), &status), 0);
	EXPECT_EQ(status.st_mode & 07777, 0700U);
}

TEST_F(ALocalTree, FollowsNoLinks)
{
	directory.directory("outside");
	std::filesystem::create_symlink(directory.path("outside"), directory.path("copy/link"));
	EXPECT_FALSE(tree.directory("link", true));
	EXPECT_FALSE(tree.directory("link/sub", true));
	auto file = tree.newPartial("x");
	ASSERT_TRUE(file);
	auto published = tree.publish("x", *file, {}, "link/file");
	ASSERT_FALSE(published);
	EXPECT_NE(published.error().text().find("links are not followed"), std::string::npos);
	EXPECT_TRUE(std::filesystem::is_empty(directory.path("outside")));
}

TEST_F(ALocalTree, ReplacesALinkInTheFilesPlace)
{
	directory.write("outside.txt", "theirs");
	std::filesystem::create_symlink(directory.path("outside.txt"), directory.path("copy/file"));
	EXPECT_FALSE(tree.openFile("file"));
	auto file = tree.newPartial("x");
	ASSERT_TRUE(tree.publish("x", *file, {}, "file"));
	EXPECT_TRUE(std::filesystem::is_regular_file(
	        std::filesystem::symlink_status(directory.path("copy/file"))));
	EXPECT_EQ(std::filesystem::file_size(directory.path("outside.txt")), 6U);
}

TEST_F(ALocalTree, GivesAFileItsTimesWithItsName)
{
	auto file = tree.newPartial("x");
	ASSERT_TRUE(tree.publish(
	        "x", *file, {.created = 0, .written = 1'300'000'000'123'456'700, .accessed = 1},
	        "a/f"));
	auto seen = tree.look("a/f");
	ASSERT_TRUE(seen);
	EXPECT_EQ(seen->written, 1'300'000'000'123'456'700);
	EXPECT_TRUE(tree.partials().empty());
}

TEST_F(ALocalTree, GoesDeeperThanPathsAreLong)
{
	std::string deep;
	for (int i = 0; i < 60; ++i)
		deep = joined(deep, std::string(100, 'd'));
	ASSERT_GT(deep.size(), 4096U);
	ASSERT_TRUE(tree.directory(deep, true));
	auto file = tree.newPartial("x");
	EXPECT_TRUE(tree.publish("x", *file, {}, deep + "/f"));
	EXPECT_TRUE(tree.look(deep + "/f"));
}

TEST(ALocalFailure, SaysWhatToDoWhenTheDiskIsFull)
{
	EXPECT_NE(localFailure("write", ENOSPC).value().text().find("disk is full"),
	          std::string::npos);
}

} // namespace
} // namespace fss::requester
