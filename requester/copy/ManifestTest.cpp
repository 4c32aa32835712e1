// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Manifest.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>
#include <regex>
#include <sstream>

namespace fss::requester {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AManifest : public testing::Test {
protected:
	std::unique_ptr<Manifest> open(const std::string &source = "\\\\srv\\a@{1}")
	{
		auto manifest = Manifest::resume(tree, source);
		EXPECT_TRUE(manifest) << manifest.error().text();
		return manifest ? std::move(*manifest) : nullptr;
	}
	static ManifestEntry entry(const std::string &path)
	{
		return {.path = path,
		        .size = 7,
		        .attributes = 0x21,
		        .times = {.created = 1, .written = 2, .accessed = 3},
		        .securityDescriptor = "OWNER:S-1-5",
		        .checksum = Checksum::of(std::string_view("x"))};
	}
	std::vector<std::string> paths() const
	{
		std::vector<std::string> result;
		auto done =
		        Manifest::read(tree.top(), [&](const ManifestEntry &found) -> Result<void> {
			        result.push_back(found.path);
			        return {};
		        });
		EXPECT_TRUE(done);
		return result;
	}
	std::string file() const { return tree.top() / StateFolder / Manifest::FileName; }
	std::string content() const
	{
		std::ostringstream text;
		text << std::ifstream(file()).rdbuf();
		return text.str();
	}
	/// As if the machine had been started since.
	void reboot() const
	{
		auto text = std::regex_replace(content(), std::regex("\"boot\":\"[^\"]*"),
		                               "\"boot\":\"earlier");
		std::ofstream(file()) << text;
	}

	TempDirectory directory;
	LocalTree tree = *LocalTree::make(directory.path("copy"));
};

TEST_F(AManifest, HoldsWhatWasAdded)
{
	auto manifest = open();
	ASSERT_TRUE(manifest->add(entry("a/größe\n.txt")));
	ManifestEntry found;
	ASSERT_TRUE(Manifest::read(tree.top(), [&](const ManifestEntry &each) -> Result<void> {
		found = each;
		return {};
	}));
	EXPECT_TRUE(found == entry("a/größe\n.txt"));
}

TEST_F(AManifest, KnowsFilesOfEarlierRuns)
{
	open()->add(entry("a"));
	auto manifest = open();
	EXPECT_TRUE(manifest->holds(entry("a")));
	EXPECT_FALSE(manifest->holds(entry("b")));
	auto changed = entry("a");
	changed.times.written = 9;
	EXPECT_FALSE(manifest->holds(changed));
}

TEST_F(AManifest, TellsDescriptorsOnceEach)
{
	{
		auto manifest = open();
		manifest->add(entry("a"));
		manifest->add(entry("b"));
	}
	open()->add(entry("c"));
	EXPECT_THAT(paths(), ElementsAre("a", "b", "c"));
	ASSERT_TRUE(Manifest::read(tree.top(), [](const ManifestEntry &each) -> Result<void> {
		EXPECT_EQ(each.securityDescriptor, "OWNER:S-1-5") << each.path;
		return {};
	}));
}

TEST_F(AManifest, CountsAfterACrashOfTheMachineWhatTheDiskHad)
{
	{
		auto manifest = open();
		manifest->add(entry("synced"));
		ASSERT_TRUE(manifest->addSynced(tree));
		manifest->add(entry("lost"));
	}
	EXPECT_TRUE(open()->holds(entry("lost"))) << "smbshadow alone crashed";
	reboot();
	auto manifest = open();
	EXPECT_TRUE(manifest->holds(entry("synced")));
	EXPECT_FALSE(manifest->holds(entry("lost")));
	EXPECT_THAT(paths(), ElementsAre("synced"));
}

TEST_F(AManifest, GoesOnBehindAHalfLine)
{
	open()->add(entry("a"));
	std::ofstream(file(), std::ios::app) << "{\"file\":\"half";
	open()->add(entry("b"));
	EXPECT_THAT(paths(), ElementsAre("a", "b"));
}

TEST_F(AManifest, HasTheLastWordOnAPath)
{
	auto manifest = open();
	manifest->add(entry("a"));
	manifest->add(entry("b"));
	manifest->addDamaged("a");
	EXPECT_THAT(paths(), ElementsAre("b"));
	manifest->add(entry("a"));
	EXPECT_THAT(paths(), ElementsAre("b", "a"));
	manifest->addDamaged("a");
	manifest.reset();
	EXPECT_FALSE(open()->holds(entry("a")));
}

TEST_F(AManifest, IsOfOneSource)
{
	open();
	auto other = Manifest::resume(tree, "\\\\srv\\a@{2}");
	ASSERT_FALSE(other);
	EXPECT_EQ(other.error().kind, FailureKind::Usage);
	EXPECT_THAT(other.error().text(), HasSubstr("a@{1}"));
}

TEST_F(AManifest, IsOfOneProcess)
{
	auto manifest = open();
	auto second = Manifest::resume(tree, "\\\\srv\\a@{1}");
	ASSERT_FALSE(second);
	EXPECT_EQ(second.error().kind, FailureKind::Busy);
}

TEST_F(AManifest, ThatIsNoneIsLeftAlone)
{
	std::ofstream(file()) << "notes of mine\n";
	EXPECT_FALSE(Manifest::resume(tree, "\\\\srv\\a@{1}"));
	EXPECT_EQ(content(), "notes of mine\n");
}

TEST_F(AManifest, ThatLeadsOutsideIsNotFollowed)
{
	open()->add(entry("../../etc/passwd"));
	EXPECT_TRUE(paths().empty());
}

} // namespace
} // namespace fss::requester
