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

TEST_F(ShareCheckTest, AShareThatIsSwitchedOffIsSwitchedOn)
{
	EXPECT_THAT(
	        remedies(check("fss", false)),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [data], write: available = "
	                             "yes"));
}

} // namespace
} // namespace fss::doctor
