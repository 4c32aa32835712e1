// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

TEST(FindingTest, ACommandSurvivesTheShell)
{
	const std::string word = "/srv/a b's $(id)";
	Machine machine;
	const auto ran = machine.run({"sh", "-c", command({"printf", "%s", word}).command},
	                             std::chrono::seconds(10));
	EXPECT_EQ(ran.output, word);
	EXPECT_EQ(command({"mv", "/a/b", ""}).command, "mv /a/b ''");
}

TEST(FindingTest, TheGravestCounts)
{
	EXPECT_EQ(gravest({}), Verdict::Ok);
	EXPECT_EQ(gravest({{"a", "", Verdict::Info, ""}, {"b", "", Verdict::Warning, ""}}),
	          Verdict::Warning);
	EXPECT_EQ(gravest({{"a", "", Verdict::Error, ""}, {"b", "", Verdict::Warning, ""}}),
	          Verdict::Error);
}

using RemedyTest = DoctorTest;

TEST_F(RemedyTest, AFilesShareIsChangedInTheFile)
{
	EXPECT_EQ(setParameter(samba, "data", "vfs objects", "fss").text(),
	          "in /etc/samba/smb.conf, section [data], write: vfs objects = fss");
	EXPECT_EQ(removeParameter(samba, "data", "fss:x").text(),
	          "in /etc/samba/smb.conf, section [data], remove: fss:x");
	EXPECT_EQ(replaceParameter(samba, "data", "fss:x", "fss:nested", "ignore").text(),
	          "in /etc/samba/smb.conf, section [data], write: fss:nested = ignore   "
	          "(in place of fss:x)");
}

TEST_F(RemedyTest, ARegistryShareIsChangedByNetConf)
{
	samba.registry = {"data"};
	samba.isDefault = false;
	EXPECT_EQ(setParameter(samba, "data", "vfs objects", "fss a").command,
	          "net -s /etc/samba/smb.conf conf setparm data 'vfs objects' 'fss a'");
	samba.isDefault = true;
	EXPECT_EQ(replaceParameter(samba, "data", "fss:x", "fss:nested", "ignore").command,
	          "net conf delparm data fss:x && net conf setparm data fss:nested ignore");
}

} // namespace
} // namespace fss::doctor
