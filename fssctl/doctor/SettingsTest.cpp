// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

constexpr const char *where = "in /etc/samba/smb.conf, section [global], write: ";

using SettingsTest = DoctorTest;

TEST_F(SettingsTest, SambasDefaultsWithRegistrySharesPass)
{
	EXPECT_EQ(gravest(checkSettings(at)), Verdict::Ok);
}

TEST_F(SettingsTest, RegistrySharesAreNeeded)
{
	host.hasRegistryShares = false;
	EXPECT_THAT(remedies(checkSettings(at)),
	            testing::ElementsAre(std::string(where) + "registry shares = yes"));
}

TEST_F(SettingsTest, PipesAreNeeded)
{
	samba.parameters["nt pipe support"] = "No";
	EXPECT_THAT(remedies(checkSettings(at)),
	            testing::ElementsAre(std::string(where) + "nt pipe support = yes"));
}

TEST_F(SettingsTest, Smb1IsAnErrorAndSmb2AWarning)
{
	samba.parameters["server max protocol"] = "NT1";
	EXPECT_NE(find(checkSettings(at), "smb-protocol", Verdict::Error), nullptr);
	samba.parameters["server max protocol"] = "SMB2_10";
	EXPECT_NE(find(checkSettings(at), "smb-protocol", Verdict::Warning), nullptr);
	samba.parameters["server max protocol"] = "SMB3_11";
	EXPECT_EQ(gravest(checkSettings(at)), Verdict::Ok);
}

TEST_F(SettingsTest, WithoutNtlmThereMustBeKerberos)
{
	samba.parameters["ntlm auth"] = "disabled";
	EXPECT_NE(find(checkSettings(at), "authentication", Verdict::Error), nullptr);
	samba.parameters["server role"] = "member server";
	EXPECT_EQ(gravest(checkSettings(at)), Verdict::Ok);
}

TEST_F(SettingsTest, ADomainControllerHasNoAgent)
{
	samba.parameters["server role"] = "active directory domain controller";
	EXPECT_NE(find(checkSettings(at), "server-role", Verdict::Error), nullptr);
}

TEST_F(SettingsTest, AskingForPrivacyIsWorthAWord)
{
	host.options["require privacy"] = "yes";
	EXPECT_NE(find(checkSettings(at), "rpc-protection", Verdict::Info), nullptr);
}

} // namespace
} // namespace fss::doctor
