// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/GuardProcess.h"

#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <thread>

namespace fss {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string admits = R"(printf '{"ok":true,"path":"/"}\n' >&0)";
const std::string refuses =
        R"(printf '{"ok":false,"step":"root preexec = findmnt","status":"NT_STATUS_ACCESS_DENIED",)"
        R"("errno":13,"unsupported":false}\n' >&0)";

class GuardProcessTest : public testing::Test {
protected:
	/// Asks a helper that does this.
	Result<void> ask(const std::string &script, const std::string &user = "anna",
	                 std::chrono::milliseconds limit = 20s)
	{
		const auto program = scratch.write("helper", "#!/bin/sh\n" + script + "\n");
		chmod(program.c_str(), 0755);
		GuardProcess guard({program, "/etc/smb.conf", "/dev/null", scratch.path("records")},
		                   limit);
		return guard.ask({"data", "/srv/data", user, "192.0.2.7"});
	}
	std::string read(const std::string &name) const
	{
		std::ifstream file(scratch.path(name));
		return {std::istreambuf_iterator(file), {}};
	}

	TempDirectory scratch;
};

TEST_F(GuardProcessTest, WhoIsAdmittedIsAdmitted)
{
	EXPECT_TRUE(succeeded(ask(admits)));
}

TEST_F(GuardProcessTest, TheQuestionReachesTheHelperWordForWord)
{
	EXPECT_TRUE(succeeded(ask("echo \"$*\" >" + scratch.path("words") + "; " + admits)));
	EXPECT_THAT(read("words"), testing::EndsWith("guard data /srv/data anna 192.0.2.7\n"));
}

TEST_F(GuardProcessTest, WhoIsRefusedIsNamedWithTheReason)
{
	const auto refused = ask(refuses);
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().code, HResult::NotSupported);
	EXPECT_EQ(refused.error().errnum, EACCES);
	for (const char *word : {"data", "anna", "findmnt"})
		EXPECT_THAT(refused.error().step, HasSubstr(word));
	EXPECT_THAT(refused.error().advice, HasSubstr("log.fss_snap_helper"));
}

TEST_F(GuardProcessTest, WithoutAUserItIsRoot)
{
	EXPECT_THAT(ask(refuses, "").error().step, HasSubstr("root connect"));
}

TEST_F(GuardProcessTest, AScriptThatDoesNotEndIsEndedAndRefuses)
{
	const auto refused =
	        ask("echo $$ >" + scratch.path("pid") + "; exec sleep 300", "anna", 500ms);
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().errnum, ETIMEDOUT);
	const auto process = static_cast<pid_t>(std::stoi(read("pid")));
	// It is reaped with the next question.
	for (int i = 0; i < 1000 && kill(process, 0) == 0; i++) {
		std::this_thread::sleep_for(10ms);
		EXPECT_TRUE(succeeded(ask(admits)));
	}
	EXPECT_NE(kill(process, 0), 0) << "the script is there still";
}

TEST_F(GuardProcessTest, AHelperThatDiesOrTalksNonsenseAdmitsNobody)
{
	EXPECT_EQ(ask("exit 0").error().errnum, EPIPE);
	EXPECT_EQ(ask("kill -9 $$").error().errnum, EPIPE);
	for (const char *line : {"echo yes >&0", "echo '{}' >&0", "echo '{\"ok\":true}' >&0",
	                         "echo '{\"ok\":1,\"path\":\"/\"}' >&0"})
		EXPECT_EQ(ask(line).error().code, HResult::NotSupported) << line;
}

TEST_F(GuardProcessTest, AHelperThatIsNotThereAdmitsNobody)
{
	GuardProcess guard({scratch.path("none"), "", "/dev/null", scratch.path("records")});
	const auto refused = guard.ask({"data", "/srv/data", "anna", "192.0.2.7"});
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().errnum, ENOENT);
	EXPECT_EQ(refused.error().code, HResult::NotSupported);
}

} // namespace
} // namespace fss
