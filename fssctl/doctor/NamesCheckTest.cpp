// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

using NamesCheckTest = DoctorTest;

TEST_F(NamesCheckTest, TheOwnerNameMustBeOneThatIsAnsweredTo)
{
	host.options["owner name"] = "files.example.com";
	EXPECT_THAT(
	        remedies(checkNames(at)),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [global], write: fss:server "
	                             "names = files.example.com"));
	host.options["server names"] = "alias";
	EXPECT_THAT(
	        remedies(checkNames(at)),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [global], write: fss:server "
	                             "names = alias files.example.com"));
	host.options["server names"] = "alias FILES.example.com";
	EXPECT_EQ(gravest(checkNames(at)), Verdict::Ok);
}

TEST_F(NamesCheckTest, NamesAreListed)
{
	host.options["server names"] = "alias";
	const auto findings = checkNames(at);
	EXPECT_NE(findings.front().text.find("SERVER"), std::string::npos);
	EXPECT_NE(findings.front().text.find("alias"), std::string::npos);
}

} // namespace
} // namespace fss::doctor
