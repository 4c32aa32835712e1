// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

class WorkerTest : public DoctorTest {
protected:
	const Ran agent{0, 0,
	                "4\n2100\na8e0653c-2744-4389-a61d-7373df8b2292/0x00000001 FssAgent\n "
	                "ncacn_np:[\\pipe\\FssagentRpc]\n"};
	const Ran other{0, 0, "5\n60\n12345778-1234-abcd-ef00-0123456789ab/0x00000000 lsarpc\n"};

	void SetUp() override
	{
		program("/libexec/rpcd_fss", agent);
		program("/libexec/rpcd_lsad", other);
	}
	void program(const std::string &path, const Ran &answer, mode_t mode = 0755)
	{
		put(path, "", mode);
		machine.answers[machine.at(path)] = answer;
	}
};

TEST_F(WorkerTest, AlonePassesAndIsAskedAsSambaDcerpcdAsks)
{
	EXPECT_EQ(gravest(checkWorker(at)), Verdict::Ok);
	EXPECT_THAT(machine.ran.front(),
	            testing::ElementsAre(machine.at("/libexec/rpcd_fss"), "--list-interfaces",
	                                 "--configfile=/etc/samba/smb.conf"));
}

TEST_F(WorkerTest, AnotherProgramForTheInterfaceIsDiverted)
{
	program("/libexec/rpcd_fsrvp", agent);
	EXPECT_THAT(
	        remedies(checkWorker(at)),
	        testing::ElementsAre("run: mv /libexec/rpcd_fsrvp /libexec/distrib.rpcd_fsrvp"));
	put("/usr/bin/dpkg-divert", "", 0755);
	start("samba-dcerpcd", 77, "/libexec/samba-dcerpcd");
	const auto findings = checkWorker(at);
	EXPECT_NE(find(findings, "rpcd-shadowed", Verdict::Error), nullptr);
	EXPECT_THAT(remedies(findings),
	            testing::ElementsAre("run: dpkg-divert --local --rename --divert "
	                                 "/libexec/distrib.rpcd_fsrvp --add /libexec/rpcd_fsrvp",
	                                 "run: kill 77"));
}

TEST_F(WorkerTest, ABackupCopyOfItselfShadowsItToo)
{
	program("/libexec/rpcd_fss.old", agent);
	EXPECT_NE(find(checkWorker(at), "rpcd-shadowed", Verdict::Error), nullptr);
}

TEST_F(WorkerTest, MissingIsInstalledFromWhereThisProgramCameFrom)
{
	std::filesystem::remove(machine.at("/libexec/rpcd_fss"));
	EXPECT_THAT(remedies(checkWorker(at)),
	            testing::ElementsAre("run: apt-get install -y samba-fss"));
	put("/var/lib/dpkg/info/samba-fss.list", "");
	EXPECT_THAT(remedies(checkWorker(at)),
	            testing::ElementsAre("run: apt-get install --reinstall -y samba-fss"));
	at.ownProgram = "/src/build/fssctl/fssctl";
	put("/src/build/build.ninja", "");
	put("/src/build/rpc_plugin/rpcd_fss", "");
	EXPECT_THAT(remedies(checkWorker(at)),
	            testing::ElementsAre("run: install -m 0755 /src/build/rpc_plugin/rpcd_fss "
	                                 "/libexec/rpcd_fss"));
}

TEST_F(WorkerTest, MustBeExecutable)
{
	program("/libexec/rpcd_fss", agent, 0644);
	EXPECT_THAT(remedies(checkWorker(at)),
	            testing::ElementsAre("run: chmod 0755 /libexec/rpcd_fss"));
}

TEST_F(WorkerTest, MustOfferTheInterface)
{
	program("/libexec/rpcd_fss", {127, 0, "version `SAMBA_4.17' not found\n"});
	const auto findings = checkWorker(at);
	const auto *finding = find(findings, "rpcd-answers", Verdict::Error);
	ASSERT_NE(finding, nullptr);
	EXPECT_NE(finding->text.find("SAMBA_4.17' not found"), std::string::npos) << finding->text;
}

TEST_F(WorkerTest, IsLookedForAmongTheProgramsThatSambaDcerpcdWasGiven)
{
	using namespace std::string_literals;
	std::filesystem::remove(machine.at("/libexec/rpcd_fss"));
	program("/opt/rpcd_fss", agent);
	start("samba-dcerpcd", 77, "/libexec/samba-dcerpcd\0-F\0/opt/rpcd_fss\0"s);
	EXPECT_EQ(gravest(checkWorker(at)), Verdict::Ok);
	start("samba-dcerpcd", 77, "/libexec/samba-dcerpcd\0-F\0/libexec/rpcd_lsad\0"s);
	EXPECT_EQ(remedies(checkWorker(at)).back(), "run: kill 77");
}

} // namespace
} // namespace fss::doctor
