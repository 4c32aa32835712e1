// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookAnswer.h"

#include "testing/Printing.h"

#include <cerrno>
#include <gtest/gtest.h>

namespace fss {
namespace {

std::string failureLine(const std::string &status, int errnum, bool unsupported)
{
	return fmt::format(
	        R"({{"ok":false,"step":"make it","status":"{}","errno":{},"unsupported":{}}})",
	        status, errnum, unsupported);
}

TEST(HookAnswer, TellsThePath)
{
	EXPECT_EQ(hookAnswer(R"({"ok":true,"path":"/srv/a b"})"), "/srv/a b");
}

TEST(HookAnswer, APathMayHaveAnyBytes)
{
	EXPECT_EQ(hookAnswer(R"({"ok":true,"path":"/%FF%22%25%0A"})"), "/\xFF\"%\n");
}

TEST(HookAnswer, AFailureTellsStepStatusAndErrno)
{
	const auto answer = hookAnswer(failureLine("NT_STATUS_ACCESS_DENIED", EACCES, false));
	ASSERT_TRUE(failedWith(answer, HResult::Fail));
	EXPECT_EQ(answer.error().errnum, EACCES);
	EXPECT_EQ(answer.error().step, "make it: NT_STATUS_ACCESS_DENIED");
}

TEST(HookAnswer, AFullDiskIsOne)
{
	EXPECT_TRUE(failedWith(hookAnswer(failureLine("NT_STATUS_DISK_FULL", ENOSPC, false)),
	                       HResult::InsufficientStorage));
}

TEST(HookAnswer, AMissingHookIsNotSupported)
{
	EXPECT_TRUE(failedWith(hookAnswer(failureLine("NT_STATUS_NOT_SUPPORTED", ENOSYS, true)),
	                       HResult::NotSupported));
}

class HostileAnswer : public testing::TestWithParam<const char *> {};

TEST_P(HostileAnswer, IsRefused)
{
	EXPECT_FALSE(isHookAnswer(GetParam()));
	const auto answer = hookAnswer(GetParam());
	ASSERT_TRUE(failedWith(answer, HResult::Fail));
	EXPECT_EQ(answer.error().errnum, EBADMSG);
}

INSTANTIATE_TEST_SUITE_P(
        All, HostileAnswer,
        testing::Values("", "ready", "null", "[]", "{", "{}", R"({"ok":true})",
                        R"({"ok":1,"path":"/a"})", R"({"ok":true,"path":7})",
                        R"({"ok":true,"path":""})", R"({"ok":true,"path":"a/b"})",
                        R"({"ok":true,"path":"/a","more":1})", R"({"ok":true,"path":"/%4"})",
                        R"({"ok":true,"path":"/%zz"})", R"({"ok":true,"path":"/%00"})",
                        R"({"ok":true,"path":"/a\u0000b"})", "{\"ok\":true,\"path\":\"/\xFF\"}",
                        R"({"ok":true,"path":"/a"} {"ok":true,"path":"/b"})",
                        R"({"ok":false,"step":"x","status":"y","errno":"5","unsupported":false})",
                        R"({"ok":false,"step":"x","status":"y","errno":5})",
                        R"({"ok":false,"path":"/a"})"));

TEST(HookAnswer, APathThatNoSystemCallTakesIsRefused)
{
	EXPECT_FALSE(isHookAnswer(R"({"ok":true,"path":"/)" + std::string(5000, 'a') + "\"}"));
}

TEST(HookAnswer, DeepNestingIsRefused)
{
	EXPECT_FALSE(isHookAnswer(std::string(30000, '[')));
}

} // namespace
} // namespace fss
