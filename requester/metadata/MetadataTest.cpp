// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/metadata/Metadata.h"
#include "testing/TempDirectory.h"

#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace fss::requester {
namespace {

using testing::HasSubstr;

class AMetadataFile : public testing::Test {
protected:
	AMetadataFile()
	{
		ShadowCopy copy;
		copy.id = CopyId::random();
		copy.given = "\\\\fs1\\data";
		copy.host = "fs1";
		copy.share = "data";
		copy.server = "node1";
		copy.serverSetId = SetId::random();
		copy.serverCopyId = CopyId::random();
		copy.exposedName = "data@{X}";
		copy.created = 129828981520000000;
		metadata.machine = "hv1";
		metadata.finished = true;
		metadata.set.id = SetId::random();
		metadata.set.context = contextOf(true, true, true);
		metadata.set.state = SetState::Recovered;
		metadata.set.created = 129828981520000000;
		metadata.set.copies = {copy};
		metadata.volumes = {{.share = "\\\\fs1\\data", .paths = {"vm1", ""}}};
		metadata.writers = {{.name = "sql", .verified = true, .components = {"Sales"}}};
		metadata.copies = {{.shadowCopy = copy.id, .directory = "/backup/data"}};
		metadata.aliases = {{"VSS_SHADOW_1", "{X}"}};
		metadata.files = {{"\\\\fs1\\data", {"vm1/disk.vhd", "größe.txt"}}};
	}
	void change(const char *key, const nlohmann::json &value) const
	{
		auto content = nlohmann::json::parse(std::ifstream(file));
		content[key] = value;
		std::ofstream(file) << content;
	}
	std::string loadError() const
	{
		auto loaded = Metadata::load(file);
		return loaded ? "" : loaded.error().text();
	}

	TempDirectory directory;
	std::filesystem::path file = directory.path("vm1backup.cab");
	Metadata metadata;
};

TEST_F(AMetadataFile, HoldsWhatWasSaved)
{
	ASSERT_TRUE(metadata.save(file));
	auto loaded = Metadata::load(file);
	ASSERT_TRUE(loaded) << loaded.error().text();
	EXPECT_FALSE(loaded->written.empty());
	metadata.written = loaded->written;
	EXPECT_TRUE(*loaded == metadata);
}

TEST_F(AMetadataFile, SaysWhatItIs)
{
	ASSERT_TRUE(metadata.save(file));
	auto content = nlohmann::json::parse(std::ifstream(file));
	EXPECT_EQ(content.at("format"), "smbshadow metadata");
	EXPECT_EQ(content.at("version"), 1);
}

TEST_F(AMetadataFile, OfALaterVersionIsRefused)
{
	ASSERT_TRUE(metadata.save(file));
	change("version", 2);
	EXPECT_THAT(loadError(), HasSubstr("version is 2"));
}

TEST_F(AMetadataFile, ThatIsNoneIsRefused)
{
	EXPECT_THAT(loadError(), HasSubstr("No such file"));
	std::ofstream(file) << "MSCF\0\0";
	EXPECT_THAT(loadError(), HasSubstr("no metadata file"));
	std::ofstream(file) << "[1, 2]";
	EXPECT_THAT(loadError(), HasSubstr("no metadata file"));
}

TEST_F(AMetadataFile, ThatIsDamagedIsRefused)
{
	ASSERT_TRUE(metadata.save(file));
	for (const auto *key : {"set", "volumes", "writers", "copies", "aliases", "finished"}) {
		ASSERT_TRUE(metadata.save(file));
		change(key, 7);
		EXPECT_THAT(loadError(), HasSubstr(file.native())) << key;
	}
}

TEST_F(AMetadataFile, CannotBeADirectoryOrInNone)
{
	EXPECT_TRUE(Metadata::checkWritable(file));
	EXPECT_TRUE(Metadata::checkWritable("here.cab"));
	EXPECT_FALSE(Metadata::checkWritable(directory.path(".")));
	EXPECT_FALSE(Metadata::checkWritable("/nonexistent/m"));
}

} // namespace
} // namespace fss::requester
