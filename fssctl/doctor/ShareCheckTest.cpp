// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

#include "publish/ModuleList.h"

namespace fss::doctor {
namespace {

class ShareCheckTest : public DoctorTest {
protected:
	Findings check(const std::string &vfsObjects, bool available = true)
	{
		ShareInfo share;
		share.name = "data";
		share.path = "/srv/data";
		share.vfsObjects = vfsObjects;
		share.available = available;
		share.guarded = guarded;
		host.shares = {share};
		Findings findings;
		goesOn = checkShare(at, "data", findings).has_value();
		return findings;
	}
	static std::string line(const std::string &modules)
	{
		return "in /etc/samba/smb.conf, section [data], write: vfs objects = " + modules;
	}

	bool goesOn = false;
	bool guarded = false;
};

TEST_F(ShareCheckTest, AShareWithFssPasses)
{
	EXPECT_EQ(gravest(check("fss acl_xattr")), Verdict::Ok);
	EXPECT_TRUE(goesOn);
}

TEST_F(ShareCheckTest, AShareWithoutModulesGetsFss)
{
	EXPECT_THAT(remedies(check("")), testing::ElementsAre(line("fss")));
	EXPECT_FALSE(goesOn);
}

TEST_F(ShareCheckTest, MisplacedModulesAreMoved)
{
	EXPECT_THAT(remedies(check("io_uring fss catia")),
	            testing::ElementsAre(line("catia fss io_uring")));
	EXPECT_TRUE(goesOn);
}

TEST_F(ShareCheckTest, AShareWithoutALineOfItsOwnLosesNothing)
{
	samba.parameters["vfs objects"] = "catia fss";
	EXPECT_EQ(find(check("catia fss"), "module-list", Verdict::Ok)->verdict, Verdict::Ok);
	EXPECT_EQ(gravest(check("catia fss")), Verdict::Ok);
}

TEST_F(ShareCheckTest, TheModulesOfGlobalThatAShareDropsAreNamedWithTheLineThatKeepsThem)
{
	samba.parameters["vfs objects"] = "catia streams_xattr readahead";
	const auto findings = check("fss");
	const auto *found = find(findings, "module-list", Verdict::Warning);
	ASSERT_NE(found, nullptr);
	EXPECT_NE(found->text.find("catia streams_xattr readahead"), std::string::npos);
	EXPECT_THAT(remedies(findings),
	            testing::ElementsAre(line("catia fss streams_xattr readahead")));
	EXPECT_TRUE(goesOn);
}

TEST_F(ShareCheckTest, ADroppedModuleThatChangesNoFilesIsANote)
{
	samba.parameters["vfs objects"] = "readahead shadow_copy2";
	const auto findings = check("fss");
	const auto *found = find(findings, "module-list", Verdict::Info);
	ASSERT_NE(found, nullptr);
	EXPECT_NE(found->text.find("readahead shadow_copy2"), std::string::npos);
	EXPECT_EQ(gravest(findings), Verdict::Info);
}

TEST_F(ShareCheckTest, ADroppedModuleThatAShadowCopyCannotHaveIsNotToComeBack)
{
	samba.parameters["vfs objects"] = "xattr_tdb catia";
	EXPECT_THAT(remedies(check("fss")), testing::ElementsAre(line("catia fss")));
	samba.parameters["vfs objects"] = "xattr_tdb";
	const auto findings = check("fss");
	EXPECT_NE(find(findings, "module-list", Verdict::Info), nullptr);
	EXPECT_THAT(remedies(findings), testing::IsEmpty());
}

TEST_F(ShareCheckTest, AShareWhoseOwnLineDropsFssGetsAllOfThem)
{
	samba.parameters["vfs objects"] = "catia fss streams_xattr";
	EXPECT_THAT(remedies(check("recycle")),
	            testing::ElementsAre(line("recycle catia fss streams_xattr")));
}

TEST_F(ShareCheckTest, WhereGlobalHasFssASharesListWithoutItIsAWarning)
{
	samba.names = {"data"};
	samba.parameters["vfs objects"] = "fss streams_xattr";
	check("streams_xattr");
	EXPECT_THAT(remedies(checkLeftOut(at)), testing::ElementsAre(line("fss streams_xattr")));
	check("fss");
	EXPECT_THAT(checkLeftOut(at), testing::IsEmpty());
	samba.parameters["vfs objects"] = "streams_xattr";
	check("");
	EXPECT_THAT(checkLeftOut(at), testing::IsEmpty());
}

TEST_F(ShareCheckTest, ASharesLineIsWrittenWhereItsParametersAre)
{
	samba.parameters["vfs objects"] = "streams_xattr";
	samba.sectionOf["data"] = "template";
	EXPECT_THAT(remedies(check("fss")),
	            testing::ElementsAre("in /etc/samba/smb.conf, section [template], write: vfs "
	                                 "objects = fss streams_xattr"));
	samba.sectionOf.clear();
	samba.registry = {"data"};
	EXPECT_THAT(remedies(check("fss")),
	            testing::ElementsAre(
	                    "run: net conf setparm data 'vfs objects' 'fss streams_xattr'"));
}

TEST_F(ShareCheckTest, AModuleWhoseDataNoSnapshotHoldsGoes)
{
	EXPECT_THAT(remedies(check("fss xattr_tdb")), testing::ElementsAre(line("fss")));
}

TEST_F(ShareCheckTest, AnUnknownShareIsNamedWithThoseThereAre)
{
	samba.names = {"data", "home"};
	Findings findings;
	EXPECT_FALSE(checkShare(at, "date", findings));
	EXPECT_NE(findings.front().text.find("data home"), std::string::npos);
}

TEST_F(ShareCheckTest, AShareThatDependsOnTheClientIsAnError)
{
	host.files[""] = {{"data", "include", "/nowhere/%U.conf"}};
	const auto findings = check("fss");
	const auto *found = find(findings, "share-view", Verdict::Error);
	ASSERT_NE(found, nullptr);
	EXPECT_NE(found->text.find("include = /nowhere/%U.conf"), std::string::npos);
}

TEST_F(ShareCheckTest, ADescriptorThatCannotBeReadIsAnError)
{
	host.damagedSecurity = true;
	EXPECT_NE(find(check("fss"), "share-security", Verdict::Error), nullptr);
}

TEST_F(ShareCheckTest, TheGuardOfAShareIsAsked)
{
	EXPECT_EQ(gravest(check("fss")), Verdict::Ok);
	EXPECT_TRUE(guard.asked.empty());
	guarded = true;
	EXPECT_NE(find(check("fss"), "share-guard", Verdict::Ok), nullptr);
	guard.failure = Error{HResult::NotSupported, "root preexec = findmnt /srv", 13, ""};
	const auto findings = check("fss");
	const auto *found = find(findings, "share-guard", Verdict::Error);
	ASSERT_NE(found, nullptr);
	EXPECT_NE(found->text.find("findmnt"), std::string::npos);
}

TEST_F(ShareCheckTest, AShareThatIsSwitchedOffIsSwitchedOn)
{
	EXPECT_THAT(
	        remedies(check("fss", false)),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [data], write: available = "
	                             "yes"));
}

} // namespace
} // namespace fss::doctor
