// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/Retention.h"
#include "base/Clock.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>

namespace fss::requester {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct RetentionTest : testing::Test {
	std::string backup(const std::string &name) const
	{
		directory.directory(name + "/share");
		directory.write(name + "/" + metadataName, "{}");
		return directory.path(name);
	}
	bool has(const std::string &name) const
	{
		return std::filesystem::exists(directory.path(name));
	}

	TempDirectory directory;
};

} // namespace

TEST_F(RetentionTest, NamesABackupByItsTime)
{
	const BackupPlace place("/backups", fileTimeOf(1769860800));
	EXPECT_EQ(place.finished, "/backups/2026-01-31T12-00-00Z");
	EXPECT_EQ(place.partial, "/backups/2026-01-31T12-00-00Z.partial");
}

TEST_F(RetentionTest, KeepsTheNewest)
{
	const auto first = backup("2025-12-31T00-00-00Z");
	const auto second = backup("2026-01-01T00-00-00Z");
	const auto third = backup("2026-01-01T00-00-01Z");
	EXPECT_THAT(*prune(directory.path(""), 2), ElementsAre(first));
	EXPECT_THAT(*prune(directory.path(""), 2), IsEmpty());
	EXPECT_TRUE(has("2026-01-01T00-00-00Z"));
	EXPECT_THAT(*prune(directory.path(""), 1), ElementsAre(second));
	EXPECT_TRUE(has("2026-01-01T00-00-01Z"));
}

TEST_F(RetentionTest, RemovesWhatWasNeverWhole)
{
	backup("2026-01-01T00-00-00Z");
	directory.directory("2026-01-02T00-00-00Z.partial/share");
	EXPECT_EQ(prune(directory.path(""), 5)->size(), 1u);
	EXPECT_FALSE(has("2026-01-02T00-00-00Z.partial"));
}

TEST_F(RetentionTest, TouchesNothingElse)
{
	for (const char *name : {"2020-01-01T00-00-00Z", "other", "x.partial", "2020-01-01"})
		directory.directory(name);
	directory.write("2019-01-01T00-00-00Z", "a file");
	std::filesystem::create_directory_symlink(directory.path("other"),
	                                          directory.path("2018-01-01T00-00-00Z"));
	directory.write(std::string("other/") + metadataName, "{}");
	backup("2026-01-01T00-00-00Z");
	EXPECT_THAT(*prune(directory.path(""), 1), IsEmpty());
}

TEST_F(RetentionTest, SaysWhatItCannotRead)
{
	EXPECT_EQ(prune(directory.path("missing"), 1).error().kind, FailureKind::Local);
}

} // namespace fss::requester
