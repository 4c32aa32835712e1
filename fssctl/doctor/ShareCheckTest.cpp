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
