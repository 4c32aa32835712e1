// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

constexpr const char *profiles = "/sys/kernel/security/apparmor/profiles";

using ConfinementCheckTest = DoctorTest;

TEST_F(ConfinementCheckTest, NoneIsFine)
{
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Ok);
}

TEST_F(ConfinementCheckTest, AnEnforcedProfileNeedsARuleForTheWorker)
{
	put(profiles, "man_groff (enforce)\nsamba-dcerpcd (enforce)\n");
	put("/etc/apparmor.d/samba-dcerpcd", "/usr/libexec/samba/rpcd_classic Px,\n");
	EXPECT_THAT(
	        remedies(checkConfinement(at)),
	        testing::ElementsAre("run: printf '%s\\n' '/libexec/rpcd_fss Ux,' >> "
	                             "/etc/apparmor.d/local/samba-dcerpcd && apparmor_parser -r "
	                             "/etc/apparmor.d/samba-dcerpcd"));
	put("/etc/apparmor.d/local/samba-dcerpcd", "/libexec/rpcd_fss Ux,\n");
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Ok);
}

TEST_F(ConfinementCheckTest, AProfileThatOnlyComplainsIsLetBe)
{
	put(profiles, "samba-dcerpcd (complain)\nsmbd (complain)\n");
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Ok);
}

TEST_F(ConfinementCheckTest, AProfileForAllModulesIsEnough)
{
	put(profiles, "smbd (enforce)\n");
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Error);
	put("/etc/apparmor.d/usr.sbin.smbd", "/usr/lib*/samba/vfs/*.so mr,\n");
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Ok);
}

TEST_F(ConfinementCheckTest, SELinuxThatEnforcesMayNeedABoolean)
{
	put("/sys/fs/selinux/enforce", "0");
	EXPECT_EQ(gravest(checkConfinement(at)), Verdict::Ok);
	put("/sys/fs/selinux/enforce", "1");
	put("/sys/fs/selinux/booleans/samba_export_all_rw", "0 0");
	EXPECT_THAT(remedies(checkConfinement(at)),
	            testing::ElementsAre("run: setsebool -P samba_export_all_rw on"));
}

} // namespace
} // namespace fss::doctor
