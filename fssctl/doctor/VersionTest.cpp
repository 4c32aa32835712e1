// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

using VersionTest = DoctorTest;

TEST_F(VersionTest, TheBuildAndSambaMustMatch)
{
	EXPECT_EQ(gravest(checkVersion(at)), Verdict::Ok);
	samba.running = "4.17.13-Debian";
	samba.served = false;
	EXPECT_NE(find(checkVersion(at), "samba-version", Verdict::Error), nullptr);
}

TEST_F(VersionTest, AnotherVersionOfSambaIsBuiltForWhereThePackageCanBe)
{
	samba.served = false;
	put("/usr/sbin/samba-fss-rebuild", "");
	EXPECT_THAT(remedies(checkVersion(at)),
	            testing::ElementsAre("run: /usr/sbin/samba-fss-rebuild"));
}

TEST_F(VersionTest, ADaemonThatWasReplacedIsToBeStartedAgain)
{
	start("smbd", 42);
	std::filesystem::create_symlink("/usr/sbin/smbd (deleted)", machine.at("/proc/42/exe"));
	EXPECT_THAT(remedies(checkVersion(at)),
	            testing::ElementsAre("run: systemctl restart smbd"));
}

} // namespace
} // namespace fss::doctor
