// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Writers.h"

#include "requester/script/Exec.h"
#include "requester/testing/WritersDirectory.h"

#include <gmock/gmock.h>

namespace fss::requester {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(WritersOfAMachine, AreFilesOfTheirDirectory)
{
	WritersDirectory directory;
	directory.add("sql", "exit 0");
	directory.add("66841CD4-6ded-4f4b-8f17-fd23f8ddc3de", "exit 0");
	directory.add(".hidden", "exit 0");
	directory.add("sql~", "exit 0");
	directory.add("sql.dpkg-old", "exit 0");
	EXPECT_THAT(*directory.writers().names(),
	            ElementsAre("66841CD4-6ded-4f4b-8f17-fd23f8ddc3de", "sql"));
}

TEST(WritersOfAMachine, AreNoneWithoutADirectory)
{
	EXPECT_THAT(*Writers("/nonexistent/writers.d").names(), IsEmpty());
}

TEST(WritersOfAMachine, AreFoundWithBracesAndInAnyCase)
{
	WritersDirectory directory;
	directory.add("66841cd4-6ded-4f4b-8f17-fd23f8ddc3de", "exit 0");
	EXPECT_TRUE(directory.writers().find("{66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE}"));
	auto missing = directory.writers().find("{00000000-6DED-4F4B-8F17-FD23F8DDC3DE}");
	ASSERT_FALSE(missing);
	EXPECT_EQ(missing.error().kind, FailureKind::NotFound);
	EXPECT_THAT(missing.error().text(), HasSubstr("00000000"));
}

TEST(WritersOfAMachine, HaveToBeExecutable)
{
	WritersDirectory directory;
	directory.add("sql", "exit 0");
	std::filesystem::permissions(directory.path() / "sql", std::filesystem::perms::owner_read);
	auto found = directory.writers().find("sql");
	ASSERT_FALSE(found);
	EXPECT_EQ(found.error().kind, FailureKind::Hook);
	EXPECT_THAT(found.error().text(), HasSubstr("chmod"));
}

TEST(WritersOfAMachine, AnswerInLines)
{
	WritersDirectory directory;
	directory.add("sql", "[ $1 = identify ] && printf 'one\\n\\ntwo'; exit 0");
	EXPECT_THAT(*directory.writers().call("SQL", "identify"), ElementsAre("one", "two"));
	EXPECT_THAT(*directory.writers().call("sql", "freeze"), IsEmpty());
}

TEST(WritersOfAMachine, ThatFailSayWith)
{
	WritersDirectory directory;
	directory.add("sql", "exit 7");
	auto called = directory.writers().call("sql", "identify");
	ASSERT_FALSE(called);
	EXPECT_EQ(called.error().kind, FailureKind::Hook);
	EXPECT_THAT(called.error().text(), HasSubstr("7"));
}

TEST(WritersOfAMachine, AreFrozenByAShellCommand)
{
	WritersDirectory directory;
	directory.add("it's sql", "echo $1 >>$(dirname \"$0\")/.calls");
	auto hooks = directory.writers().hooks("it's sql");
	ASSERT_TRUE(hooks);
	EXPECT_TRUE(runProgram({"/bin/sh", "-c", hooks->freeze}, {}));
	EXPECT_TRUE(runProgram({"/bin/sh", "-c", hooks->thaw}, {}));
	EXPECT_EQ(directory.calls(), "freeze\nthaw\n");
}

TEST(AProgram, ThatTakesTooLongIsKilled)
{
	auto done = runForOutput({"/bin/sleep", "60"}, std::chrono::milliseconds(50));
	ASSERT_FALSE(done);
	EXPECT_THAT(done.error().text(), HasSubstr("longer"));
}

TEST(AProgram, HasFurtherEnvironmentVariables)
{
	EXPECT_TRUE(runProgram({"/bin/sh", "-c", "test \"$VSS_SHADOW_1\" = '{ab}'"},
	                       {{"VSS_SHADOW_1", "{ab}"}}));
	EXPECT_FALSE(runProgram({"/bin/sh", "-c", "test \"$VSS_SHADOW_1\" = '{ab}'"}, {}));
}

TEST(AProgram, ThatIsNotThereIsAFailure)
{
	auto done = runProgram({"/nonexistent/program"}, {});
	ASSERT_FALSE(done);
	EXPECT_THAT(done.error().text(), HasSubstr("/nonexistent/program"));
}

} // namespace
} // namespace fss::requester
