// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ShareDefinition.h"

#include "testing/Printing.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::_;
using testing::Contains;
using testing::Each;
using testing::Not;
using testing::Pair;

Exposure sampleExposure()
{
	Exposure exposure;
	exposure.name = "data@{X}";
	exposure.base = "data";
	exposure.path = "/srv/.fss/X/snapshot";
	exposure.comment = "Shadow copy of data";
	return exposure;
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
	const ShareParameters base{
	        {"valid users", "@staff"},    {"vfs objects", "fss acl_xattr"},
	        {"hosts allow", "192.0.2."},  {"case sensitive", "yes"},
	        {"invalid users", "mallory"}, {"admin users", "backup"},
	        {"force user", "backup"},     {"veto files", "/x/"},
	        {"fss:nested", "include"},    {"acl_xattr:ignore system acls", "yes"}};
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

class NotTakenOver : public testing::TestWithParam<const char *> {};

TEST_P(NotTakenOver, InAnySpellingThatSmbConfKnows)
{
	std::string spelled = GetParam();
	std::string capitals = spelled;
	std::transform(spelled.begin(), spelled.end(), capitals.begin(), ::toupper);
	for (const auto &name : {spelled, capitals, " " + spelled + "\t"})
		EXPECT_THAT(exposed({{name, "/evil"}}), Each(Pair(_, Not("/evil")))) << name;
}

// Every spelling of what would write, run a command or act twice.
INSTANTIATE_TEST_SUITE_P(ShareDefinition, NotTakenOver,
                         testing::Values("path", "directory", "comment", "read only", "writeable",
                                         "writable", "write ok", "browseable", "browsable",
                                         "available", "copy", "include", "write list", "preexec",
                                         "exec", "preexec close", "root preexec",
                                         "root preexec close", "postexec", "root postexec",
                                         "magic script", "magic output", "dfree command",
                                         "printable", "print ok", "max connections", "msdfs root",
                                         "msdfs proxy", "wide links", "hide unwriteable files",
                                         "continuous availability"),
                         [](const auto &info) {
	                         std::string name = info.param;
	                         std::erase(name, ' ');
	                         return name;
                         });

TEST(ShareDefinition, WhatIsDroppedIsSwitchedOffWhereGlobalSwitchesItOn)
{
	const ShareParameters share{{"valid users", "joe"}, {"Exec", "/bin/of-the-share"}};
	const ShareParameters global{{"preexec", "/bin/of-all"},
	                             {"root postexec", "/bin/of-all"},
	                             {"write list", "joe"},
	                             {"wide links", "yes"},
	                             {"printable", "no"},
	                             {"copy", ""},
	                             {"path", "/"},
	                             {"create mask", "0700"},
	                             {"valid users", "jane"}};
	const auto definition = exposedDefinition(withDefaults(share, global), sampleExposure());
	for (const auto *name : {"preexec", "root postexec", "write list"})
		EXPECT_THAT(valuesOf(definition, name), testing::ElementsAre("")) << name;
	EXPECT_THAT(valuesOf(definition, "wide links"), testing::ElementsAre("no"));
	// smbd takes these from [global] itself.
	EXPECT_THAT(valuesOf(definition, "printable"), testing::IsEmpty());
	EXPECT_THAT(valuesOf(definition, "create mask"), testing::IsEmpty());
	EXPECT_THAT(withDefaults(share, {{"copy", ""}, {"path", "/"}}), testing::Eq(share));
	EXPECT_THAT(valuesOf(definition, "valid users"), testing::ElementsAre("joe"));
}

TEST(ShareDefinition, ModulesThatReadAreKeptInTheirOrderAndOthersDropped)
{
	const auto definition = exposed(
	        {{"vfs objects", "catia full_audit fruit, recycle:bin \"/a b/own.so\" acl_xattr "
	                         "/usr/lib/samba/vfs/recycle.so shadow_copy2 fss streams_xattr"}});
	EXPECT_THAT(valuesOf(definition, "vfs objects"),
	            testing::ElementsAre(
	                    "catia full_audit fruit \"/a b/own.so\" acl_xattr fss streams_xattr"));
}

TEST(ShareDefinition, ModulesThatGlobalGivesToAllSharesAreSortedOutToo)
{
	const auto with = [](const ShareParameters &global) {
		return valuesOf(exposedDefinition(withDefaults({}, global), sampleExposure()),
		                "vfs objects");
	};
	EXPECT_THAT(with({{"vfs objects", "fss recycle"}}), testing::ElementsAre("fss"));
	EXPECT_THAT(with({{"vfs objects", "recycle"}}), testing::ElementsAre("fss"));
}

TEST(ShareDefinition, AnExposedShareHasFssInTheRightPlaceWhereItsBaseShareHasItNot)
{
	EXPECT_THAT(valuesOf(exposed({{"vfs objects", "catia btrfs"}}), "vfs objects"),
	            testing::ElementsAre("catia fss btrfs"));
}

TEST(ShareDefinition, AKeptModuleGetsWhatItMustNotDoHere)
{
	const auto definition = exposed({{"fruit:time machine", "yes"},
	                                 {"fss:previous versions", "yes"},
	                                 {"fss:nested", "include"},
	                                 {"vfs objects", "fss fruit"}});
	EXPECT_THAT(valuesOf(definition, "fruit:time machine"), testing::ElementsAre("no"));
	EXPECT_THAT(valuesOf(definition, "fss:previous versions"), testing::ElementsAre("no"));
	EXPECT_THAT(valuesOf(definition, "fss:nested"), testing::ElementsAre("include"));
}

// Samba names a share's own parameters before those of modules.
TEST(ShareDefinition, WhatAModuleMustNotDoHereIsSetWhereverTheBaseShareAllowsIt)
{
	const auto definition = exposed({{"vfs objects", "fss fruit btrfs"},
	                                 {"fss:previous versions", "yes"},
	                                 {"fruit:time machine", "yes"},
	                                 {"btrfs:manipulate snapshots", "yes"}});
	EXPECT_THAT(valuesOf(definition, "fss:previous versions"), testing::ElementsAre("no"));
	EXPECT_THAT(valuesOf(definition, "fruit:time machine"), testing::ElementsAre("no"));
	EXPECT_THAT(valuesOf(definition, "btrfs:manipulate snapshots"), testing::ElementsAre("no"));
}

TEST(ShareDefinition, WithoutAReadOnlyAttributeOnEveryFile)
{
	const auto mapped = [](const char *value) {
		return valuesOf(exposed({{"map readonly", value}}), "map readonly");
	};
	EXPECT_THAT(mapped("permissions"), testing::ElementsAre("yes"));
	EXPECT_THAT(mapped("Permissions"), testing::ElementsAre("yes"));
	EXPECT_THAT(mapped("no"), testing::ElementsAre("no"));
}

TEST(ShareDefinition, OfSeveralValuesTheLastCounts)
{
	EXPECT_THAT(valuesOf(exposed({{"create mode", "1"}, {"create mask", "2"}}), "create mask"),
	            testing::ElementsAre("2"));
	EXPECT_THAT(valuesOf(exposed({{"write list", ""}, {"write list", "joe"}}), "write list"),
	            testing::ElementsAre(""));
}

TEST(ShareDefinition, AShareWhoseMetadataIsInNoSnapshotIsNotReadable)
{
	EXPECT_TRUE(succeeded(checkReadable("data", "fss acl_xattr streams_xattr unknown")));
	for (const auto *objects : {"fss acl_tdb", "\"xattr_tdb\" fss", "/lib/posix_eadb.so"})
		EXPECT_TRUE(failedWith(checkReadable("data", objects), HResult::NotSupported))
		        << objects;
	EXPECT_EQ(modulesIn({{"vfs object", "a"}, {"VFS Objects", "b"}}), "b");
}

TEST(StreamsDepot, IsTheSnapshotsInAnExposedShare)
{
	auto exposure = sampleExposure();
	exposure.basePath = "/srv/data";
	exposure.baseVolume = "/srv";
	const ShareParameters base{{"vfs objects", "streams_depot fss"}};
	const auto definition = exposedDefinition(base, exposure);
	EXPECT_THAT(definition, Contains(Pair("vfs objects", "streams_depot fss")));
	EXPECT_THAT(definition, Contains(Pair("fss:volume", "/srv")));
	EXPECT_THAT(valuesOf(definition, "streams_depot:directory"), testing::IsEmpty());

	const ShareParameters global{{"streams_depot:directory", "/srv/data/.depot"}};
	EXPECT_THAT(valuesOf(exposedDefinition(withDefaults(base, global), exposure),
	                     "streams_depot:directory"),
	            testing::ElementsAre("/srv/.fss/X/snapshot/.depot"));
	EXPECT_THAT(valuesOf(exposed({{"vfs objects", "fss"}}), "fss:volume"), testing::IsEmpty());
}

TEST(StreamsDepot, OutsideTheShareIsInNoSnapshot)
{
	const auto check = [](const std::string &objects, const std::string &directory) {
		return checkReadable(
		        "data", {{"vfs objects", objects}, {"streams_depot: directory", directory}},
		        "/srv/data");
	};
	EXPECT_TRUE(succeeded(check("fss streams_depot", "")));
	EXPECT_TRUE(succeeded(check("streams_depot fss fileid", "/srv/data/a/b")));
	for (const auto *directory : {"/srv/streams", "/srv/data", "/srv/data/../streams",
	                              "/srv/data/%U", "/srv/data2/streams", "/srv/data/.."})
		EXPECT_TRUE(
		        failedWith(check("fss streams_depot", directory), HResult::NotSupported))
		        << directory;
	EXPECT_TRUE(failedWith(check("fileid fss streams_depot", ""), HResult::NotSupported));
	EXPECT_TRUE(succeeded(check("fileid fss", "/srv/streams")));
}

TEST(ExposureTable, IsSortedAndHasEachNameOnceWithAReason)
{
	const auto check = [](const auto &rows) {
		for (size_t i = 0; i < rows.size(); i++) {
			EXPECT_FALSE(rows[i].reason.empty()) << rows[i].name;
			if (i > 0) {
				EXPECT_LT(rows[i - 1].name, rows[i].name);
			}
		}
	};
	check(parameterTable());
	check(moduleTable());
}

TEST(ShareDefinition, NormalisesAsSmbConfDoes)
{
	EXPECT_EQ(normalisedParameter("Read  Only"), "readonly");
	EXPECT_EQ(normalisedParameter("\tVFS objects "), "vfsobjects");
	EXPECT_EQ(findParameter("VFS object")->name, "vfs objects");
	EXPECT_EQ(findParameter("fss:nested"), nullptr);
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

class DifferenceInView : public testing::Test {
protected:
	DifferenceInView()
	{
		auto exposure = sampleExposure();
		exposure.viewpoint = Viewpoint::Client;
		copy = exposedDefinition(base, exposure);
	}
	void set(const std::string &name, const std::string &value)
	{
		base.emplace_back(name, value);
	}

	ShareParameters base{{"path", "/srv/data"},    {"vfs objects", "full_audit fss acl_xattr"},
	                     {"hide files", "/x/"},    {"fss:min free", "1G"},
	                     {"root preexec", "true"}, {"map readonly", "permissions"}};
	ShareParameters copy;
};

TEST_F(DifferenceInView, ThereIsNoneInTheSameShare)
{
	EXPECT_EQ(differenceInView(base, copy), std::nullopt);
}

TEST_F(DifferenceInView, WhatTheExposedShareHasOfItsOwnIsNone)
{
	set("comment", "another");
	set("read only", "no");
	set("fss:nested", "refuse");
	set("preexec", "false");
	EXPECT_EQ(differenceInView(base, copy), std::nullopt);
}

TEST_F(DifferenceInView, EachParameterThatWasTakenOverIsCompared)
{
	const auto before = base;
	for (const auto *name : {"path", "hide files", "force user", "veto files", "valid users",
	                         "acl_xattr:ignore system acls", "vfs objects", "Admin Users"}) {
		base = before;
		set(name, "another");
		EXPECT_EQ(differenceInView(base, copy),
		          normalisedParameter(name) == "adminusers" ? "admin users" : name);
	}
}

TEST_F(DifferenceInView, OneThatIsMissingIsADifference)
{
	std::erase_if(base, [](const auto &each) { return each.first == "hide files"; });
	EXPECT_EQ(differenceInView(base, copy), "hide files");
}

TEST_F(DifferenceInView, HowModulesAreWrittenIsNone)
{
	set("vfs objects", "\"full_audit\" \"fss\", acl_xattr");
	EXPECT_EQ(differenceInView(base, copy), std::nullopt);
}

TEST_F(DifferenceInView, WhereTheShareWasTheSameForEverybodyItIsNotAsked)
{
	set("hide files", "another");
	EXPECT_EQ(differenceInView(base, exposedDefinition({}, sampleExposure())), std::nullopt);
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
