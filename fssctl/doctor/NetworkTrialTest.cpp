// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/NetworkTrial.h"
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

class NetworkTrialTest : public DoctorTest {
protected:
	const std::string set = "11111111-2222-3333-4444-555555555555";
	const std::string copy = "66666666-7777-8888-9999-aaaaaaaaaaaa";

	void SetUp() override
	{
		samba.parameters["smb ports"] = "4450 139";
		machine.answers["rpcclient"] = {
		        0, 0,
		        set + ": shadow-copy set created\n" + set + "(" + copy + "): share data@{" +
		                copy + "} exposed as a snapshot of \\\\127.0.0.1\\data\\\n" + set +
		                "(" + copy + "): data shadow-copy deleted\n"};
		machine.answers["smbclient"] = {0, 0, "  .  D  0\n"};
	}
	NetworkTrial trial{samba, machine, "127.0.0.1", Credentials::parse("DOM\\joe%pass%word")};
};

TEST_F(NetworkTrialTest, MakesReadsAndDeletesWithSambasClients)
{
	EXPECT_EQ(runTrial(trial, "data").verdict, Verdict::Ok);
	ASSERT_EQ(machine.ran.size(), 3U);
	EXPECT_EQ(machine.ran[0].back(), "fss_create_expose backup ro data");
	EXPECT_EQ(machine.ran[1][7], "//127.0.0.1/data@{" + copy + "}");
	EXPECT_EQ(machine.ran[2].back(),
	          "fss_recovery_complete " + set + ";fss_delete data " + set + " " + copy);
	EXPECT_EQ(machine.ran[2][6], "4450");
}

TEST_F(NetworkTrialTest, ThePasswordIsOnNoCommandLine)
{
	runTrial(trial, "data");
	for (const auto &words : machine.ran)
		for (const auto &word : words)
			EXPECT_EQ(word.find("pass%word"), std::string::npos) << word;
	EXPECT_EQ(machine.inputs.front(), "username = joe\npassword = pass%word\ndomain = DOM\n");
}

TEST_F(NetworkTrialTest, ARefusedAccountIsGivenTheRight)
{
	machine.answers["rpcclient"] = {
	        0, 0, "IsPathSupported failed: NT_STATUS_OK result: 0x80070005\n"};
	const auto finding = runTrial(trial, "data");
	EXPECT_EQ(finding.verdict, Verdict::Error);
	ASSERT_EQ(finding.remedies.size(), 1U);
	EXPECT_EQ(finding.remedies.front().command,
	          "net sam rights grant 'DOM\\joe' SeBackupPrivilege");
}

TEST_F(NetworkTrialTest, AClientAtWorkIsNoFault)
{
	machine.answers["rpcclient"] = {
	        1, 0, "StartShadowCopySet failed: NT_STATUS_OK result: 0x80042316\n"};
	EXPECT_EQ(runTrial(trial, "data").verdict, Verdict::Info);
}

TEST_F(NetworkTrialTest, MissingClientsAreInstalled)
{
	machine.answers.clear();
	EXPECT_EQ(runTrial(trial, "data").remedies.front().command, "apt-get install -y smbclient");
}

} // namespace
} // namespace fss::doctor
