// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

using RightsCheckTest = DoctorTest;

TEST_F(RightsCheckTest, SomebodyMustHaveTheRight)
{
	const auto findings = checkRights(at);
	const auto *finding = find(findings, "permitted-accounts", Verdict::Warning);
	ASSERT_NE(finding, nullptr);
	EXPECT_EQ(finding->remedies.front().command,
	          "net sam rights grant ACCOUNT SeBackupPrivilege");
	EXPECT_THAT(finding->remedies.front().choices, testing::ElementsAre("ACCOUNT"));
}

TEST_F(RightsCheckTest, RootAndAdministratorsAreNobody)
{
	samba.permitted = {{Right::Kind::Administrators, "SERVER\\Administrator"},
	                   {Right::Kind::BackupOperators, "root"}};
	EXPECT_NE(find(checkRights(at), "permitted-accounts", Verdict::Warning), nullptr);
}

TEST_F(RightsCheckTest, EachWayIsListed)
{
	samba.permitted = {{Right::Kind::BackupOperators, "backup"},
	                   {Right::Kind::BackupOperators, "backup"},
	                   {Right::Kind::BackupPrivilege, "DOM\\host$"}};
	const auto findings = checkRights(at);
	ASSERT_EQ(findings.size(), 1U);
	EXPECT_EQ(findings.front().verdict, Verdict::Ok);
	EXPECT_EQ(findings.front().text, "Backup Operators: backup; SeBackupPrivilege: DOM\\host$; "
	                                 "Administrators: nobody");
}

TEST_F(RightsCheckTest, AMemberServerIsToldOfComputerAccounts)
{
	samba.parameters["server role"] = "member server";
	samba.permitted = {{Right::Kind::BackupOperators, "DOM\\backup"}};
	EXPECT_NE(find(checkRights(at), "permitted-accounts", Verdict::Info), nullptr);
	samba.permitted.push_back({Right::Kind::BackupOperators, "DOM\\hyperv$"});
	EXPECT_EQ(find(checkRights(at), "permitted-accounts", Verdict::Info), nullptr);
}

} // namespace
} // namespace fss::doctor
