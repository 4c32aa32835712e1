// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

using MachineTest = DoctorTest;

TEST_F(MachineTest, ADaemonIsWhoItsPidFileNamesIfThatIsStillIt)
{
	EXPECT_FALSE(machine.daemon("/run", "smbd"));
	start("smbd", 42);
	EXPECT_EQ(machine.daemon("/run", "smbd"), 42);
	put("/proc/42/comm", "sleep\n");
	EXPECT_FALSE(machine.daemon("/run", "smbd"));
	put("/run/smbd.pid", "no number");
	EXPECT_FALSE(machine.daemon("/run", "smbd"));
}

TEST_F(MachineTest, ArgumentsAreSeparatedByZeros)
{
	using namespace std::string_literals;
	start("smbd", 42, "/usr/sbin/smbd\0-s\0/a b\0"s);
	EXPECT_THAT(machine.commandLine(42), testing::ElementsAre("/usr/sbin/smbd", "-s", "/a b"));
}

TEST_F(MachineTest, AReplacedProgramIsSeen)
{
	std::filesystem::create_directories(machine.at("/proc/42"));
	std::filesystem::create_symlink("/usr/sbin/smbd", machine.at("/proc/42/exe"));
	EXPECT_FALSE(machine.runsReplacedProgram(42));
	std::filesystem::remove(machine.at("/proc/42/exe"));
	std::filesystem::create_symlink("/usr/sbin/smbd (deleted)", machine.at("/proc/42/exe"));
	EXPECT_TRUE(machine.runsReplacedProgram(42));
}

TEST(ProgramTest, IsRunWithInputAndEnvironment)
{
	Machine machine;
	const std::vector<std::string> environment{"WORD=hello"};
	const auto ran = machine.run({"/bin/sh", "-c", "cat; echo $WORD >&2; exit 3"},
	                             std::chrono::seconds(10), &environment, "input ");
	EXPECT_EQ(ran.status, 3);
	EXPECT_EQ(ran.output, "input hello\n");
}

TEST(ProgramTest, IsEndedWhenItTakesTooLong)
{
	Machine machine;
	const auto ran =
	        machine.run({"/bin/sh", "-c", "sleep 600"}, std::chrono::milliseconds(100));
	EXPECT_EQ(ran.errnum, ETIMEDOUT);
	EXPECT_NE(ran.status, 0);
}

TEST(ProgramTest, ThatIsMissingSaysSo)
{
	Machine machine;
	EXPECT_EQ(machine.run({"/nonexistent"}, std::chrono::seconds(10)).errnum, ENOENT);
}

} // namespace
} // namespace fss::doctor
