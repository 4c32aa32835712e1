// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

class DaemonsTest : public DoctorTest {
protected:
	void SetUp() override
	{
		start("smbd", 10);
		put("/libexec/samba-dcerpcd", "", 0755);
	}
};

TEST_F(DaemonsTest, SmbdMayStartSambaDcerpcd)
{
	EXPECT_EQ(gravest(checkDaemons(at)), Verdict::Ok);
}

TEST_F(DaemonsTest, WithoutThatItHasToRun)
{
	samba.parameters["rpc start on demand helpers"] = "No";
	EXPECT_THAT(remedies(checkDaemons(at)),
	            testing::ElementsAre(
	                    "in /etc/samba/smb.conf, section [global], write: rpc start on "
	                    "demand helpers = yes"));
	start("samba-dcerpcd", 11);
	EXPECT_EQ(gravest(checkDaemons(at)), Verdict::Ok);
}

TEST_F(DaemonsTest, SambaDcerpcdMustBeExecutable)
{
	put("/libexec/samba-dcerpcd", "", 0644);
	EXPECT_THAT(remedies(checkDaemons(at)),
	            testing::ElementsAre("run: chmod 0755 /libexec/samba-dcerpcd"));
}

TEST_F(DaemonsTest, SmbdMustRun)
{
	put("/proc/10/comm", "another\n");
	EXPECT_THAT(remedies(checkDaemons(at)), testing::ElementsAre("run: systemctl start smbd"));
}

} // namespace
} // namespace fss::doctor
