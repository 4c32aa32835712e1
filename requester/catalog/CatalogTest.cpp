// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/catalog/Catalog.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <thread>

namespace fss::requester {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ShadowSet setOf(const std::string &share)
{
	ShadowSet set;
	set.id = SetId::random();
	set.context = contextOf(true, false, true);
	set.state = SetState::Recovered;
	set.created = 130'000'000'000'000'000;
	for (const char *suffix : {"1", "2"}) {
		ShadowCopy copy;
		copy.id = CopyId::random();
		copy.host = "fs1";
		copy.server = "node1";
		copy.share = share + suffix;
		copy.given = "//fs1/" + copy.share;
		copy.serverSetId = SetId::random();
		copy.serverCopyId = CopyId::random();
		copy.exposedName = copy.share + "@{" + copy.serverCopyId.text() + "}";
		copy.created = set.created + 1;
		set.copies.push_back(copy);
	}
	return set;
}

struct CatalogTest : testing::Test {
	TempDirectory directory;
	Catalog catalog{directory.path("state/smbshadow/catalog.json")};
};

} // namespace

TEST_F(CatalogTest, HasNothingBeforeTheFirstSet)
{
	EXPECT_THAT(*catalog.sets(), IsEmpty());
}

TEST_F(CatalogTest, GivesSetsBackAsTheyWerePut)
{
	const ShadowSet first = setOf("a");
	const ShadowSet second = setOf("ü");
	ASSERT_TRUE(catalog.put(first));
	ASSERT_TRUE(catalog.put(second));
	EXPECT_THAT(*Catalog(catalog.file()).sets(), ElementsAre(first, second));
}

TEST_F(CatalogTest, ReplacesASetThatIsPutAgain)
{
	ShadowSet set = setOf("a");
	ASSERT_TRUE(catalog.put(set));
	set.state = SetState::Exposed;
	ASSERT_TRUE(catalog.put(set));
	EXPECT_THAT(*catalog.sets(), ElementsAre(set));
}

TEST_F(CatalogTest, ForgetsASetWithItsLastShadowCopy)
{
	const ShadowSet set = setOf("a");
	ASSERT_TRUE(catalog.put(set));
	ASSERT_TRUE(catalog.remove(set.id, set.copies[0].id));
	ASSERT_EQ(catalog.sets()->size(), 1u);
	ASSERT_TRUE(catalog.remove(set.id, set.copies[1].id));
	EXPECT_THAT(*catalog.sets(), IsEmpty());
}

TEST_F(CatalogTest, FindsASetByAnyOfItsIdsAndTheirBeginnings)
{
	const ShadowSet set = setOf("a");
	ASSERT_TRUE(catalog.put(setOf("b")));
	ASSERT_TRUE(catalog.put(set));
	EXPECT_EQ(*catalog.find(set.id.text()), set);
	EXPECT_EQ(*catalog.find(braced(set.copies[1].id)), set);
	EXPECT_EQ(*catalog.find(set.copies[1].serverCopyId.text()), set);
	EXPECT_EQ(*catalog.find(set.copies[0].serverSetId.text().substr(0, 8)), set);
}

TEST_F(CatalogTest, DoesNotGuessWhichSetIsMeant)
{
	const ShadowSet set = setOf("a");
	ASSERT_TRUE(catalog.put(set));
	EXPECT_EQ(catalog.find(set.id.text().substr(0, 7)).error().kind, FailureKind::Usage);
	EXPECT_EQ(catalog.find("").error().kind, FailureKind::Usage);
	EXPECT_EQ(catalog.find("latest").error().kind, FailureKind::Usage);
	EXPECT_EQ(catalog.find(SetId::random().text()).error().kind, FailureKind::NotFound);
}

TEST_F(CatalogTest, LeavesADamagedFileAlone)
{
	ASSERT_TRUE(catalog.put(setOf("a")));
	for (const char *text :
	     {"{", "[]", R"({"version":2,"sets":[]})", R"({"version":1,"sets":[{"id":"x"}]})"}) {
		directory.write("state/smbshadow/catalog.json", text);
		EXPECT_EQ(catalog.sets().error().kind, FailureKind::Local) << text;
		EXPECT_FALSE(catalog.put(setOf("b"))) << text;
		EXPECT_THAT(catalog.sets().error().text(), HasSubstr("catalog.json"));
	}
}

TEST_F(CatalogTest, IsForItsOwnerOnly)
{
	ASSERT_TRUE(catalog.put(setOf("a")));
	struct stat info;
	ASSERT_EQ(stat(catalog.file().c_str(), &info), 0);
	EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(CatalogTest, LosesNothingWhenSeveralChangeIt)
{
	constexpr int each = 20;
	const auto fill = [&] {
		Catalog own(catalog.file());
		for (int i = 0; i < each; i++)
			ASSERT_TRUE(own.put(setOf("a")));
	};
	std::thread other(fill);
	fill();
	other.join();
	EXPECT_EQ(catalog.sets()->size(), 2u * each);
}

} // namespace fss::requester
