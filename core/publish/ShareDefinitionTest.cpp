// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ShareDefinition.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::Contains;
using testing::Pair;

Exposure sampleExposure()
{
	return {"data@{X}", "data", "/srv/.fss/X/snapshot", "Shadow copy of data", false};
}

std::vector<std::string> valuesOf(const ShareParameters &parameters, const std::string &name)
{
	std::vector<std::string> values;
	for (const auto &[parameter, value] : parameters)
		if (normalisedParameter(parameter) == normalisedParameter(name))
			values.push_back(value);
	return values;
}

ShareParameters exposed(const ShareParameters &base)
{
	return exposedDefinition(base, sampleExposure());
}

TEST(ShareDefinition, KeepsWhatGovernsAccessAndNames)
{
	const ShareParameters base{{"valid users", "@staff"},
	                           {"vfs objects", "fss acl_xattr"},
	                           {"hosts allow", "192.0.2."},
	                           {"case sensitive", "yes"},
	                           {"invalid users", "mallory"},
	                           {"force user", "backup"},
	                           {"veto files", "/x/"},
	                           {"fss:nested", "include"},
	                           {"acl_xattr:ignore system acls", "yes"}};
	const auto definition = exposed(base);
	for (const auto &parameter : base)
		EXPECT_THAT(definition, Contains(parameter));
}

TEST(ShareDefinition, ReplacesPathCommentAndAccess)
{
	const auto definition = exposed({{"path", "/srv/data"},
	                                 {"comment", "Data"},
	                                 {"read only", "no"},
	                                 {"browseable", "yes"},
	                                 {"available", "no"}});
	EXPECT_THAT(valuesOf(definition, "path"), testing::ElementsAre("/srv/.fss/X/snapshot"));
	EXPECT_THAT(valuesOf(definition, "comment"), testing::ElementsAre("Shadow copy of data"));
	EXPECT_THAT(valuesOf(definition, "read only"), testing::ElementsAre("yes"));
	EXPECT_THAT(valuesOf(definition, "browseable"), testing::ElementsAre("no"));
	EXPECT_THAT(valuesOf(definition, "available"), testing::ElementsAre("yes"));
}

TEST(ShareDefinition, IsWritableOnlyWhereItIsAskedFor)
{
	auto exposure = sampleExposure();
	exposure.writable = true;
	const auto definition = exposedDefinition({{"read only", "yes"}}, exposure);
	EXPECT_THAT(valuesOf(definition, "read only"), testing::ElementsAre("no"));
}

class Dropped : public testing::TestWithParam<const char *> {};

TEST_P(Dropped, IsNotTakenOver)
{
	std::string spelled = GetParam();
	EXPECT_TRUE(reasonToDrop(spelled));
	EXPECT_TRUE(valuesOf(exposed({{spelled, "/evil"}}), spelled).empty() ||
	            valuesOf(exposed({{spelled, "/evil"}}), spelled).front() != "/evil");
	// In any spelling that smb.conf knows.
	std::transform(spelled.begin(), spelled.end(), spelled.begin(), ::toupper);
	EXPECT_TRUE(reasonToDrop(spelled));
	EXPECT_TRUE(reasonToDrop(" " + spelled + "\t"));
}

// Every spelling of what would write, run a command or act twice.
INSTANTIATE_TEST_SUITE_P(ShareDefinition, Dropped,
                         testing::Values("path", "directory", "comment", "read only", "writeable",
                                         "writable", "write ok", "browseable", "browsable",
                                         "available", "copy", "include", "write list",
                                         "admin users", "preexec", "exec", "preexec close",
                                         "root preexec", "root preexec close", "postexec",
                                         "root postexec", "magic script", "magic output",
                                         "dfree command", "printable", "print ok",
                                         "max connections", "msdfs root", "msdfs proxy"),
                         [](const auto &info) {
	                         std::string name = info.param;
	                         std::erase(name, ' ');
	                         return name;
                         });

TEST(ShareDefinition, NormalisesAsSmbConfDoes)
{
	EXPECT_EQ(normalisedParameter("Read  Only"), "readonly");
	EXPECT_EQ(normalisedParameter("\tVFS objects "), "vfsobjects");
	EXPECT_FALSE(reasonToDrop("valid users"));
}

TEST(ShareDefinition, KeepsMeaningTheBaseShareWithPercentS)
{
	const auto definition = exposed({{"valid users", "%S, %S@x"}, {"force group", "%U"}});
	EXPECT_THAT(definition, Contains(Pair("valid users", "data, data@x")));
	EXPECT_THAT(definition, Contains(Pair("force group", "%U")));
}

TEST(ShareDefinition, APercentInAPathOrCommentStandsForItself)
{
	auto exposure = sampleExposure();
	exposure.path = "/srv/100%/%U/.fss/X/snapshot";
	exposure.comment = "Shadow copy of 5%S";
	const auto definition = exposedDefinition({}, exposure);
	EXPECT_THAT(definition, Contains(Pair("path", "/srv/100%%/%%U/.fss/X/snapshot")));
	EXPECT_THAT(definition, Contains(Pair("comment", "Shadow copy of 5%%S")));
}

TEST(ShareDefinition, ABaseShareNameWithPercentSDoesNotLoop)
{
	auto exposure = sampleExposure();
	exposure.base = "%S%S";
	EXPECT_THAT(exposedDefinition({{"valid users", "%S"}}, exposure),
	            Contains(Pair("valid users", "%S%S")));
}

} // namespace
} // namespace fss
