// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Output.h"

#include <gtest/gtest.h>

namespace fssctl {
namespace {

TEST(Plain, ShowsWhatWouldSteerATerminal)
{
	EXPECT_EQ(plain("Bücher 1"), "Bücher 1");
	EXPECT_EQ(plain("a\x1b[2Jb\n\x7f"), "a\\x1B[2Jb\\x0A\\x7F");
}

TEST(Output, PaintsOnlyWhereColoursAreWanted)
{
	Output output; // stdout of a test is no terminal
	output.setColour(Output::When::Never);
	EXPECT_EQ(output.paint(Colour::Bad, "x"), "x");
	output.setColour(Output::When::Always);
	EXPECT_EQ(output.paint(Colour::Bad, "x"), "\033[31mx\033[0m");
	EXPECT_EQ(output.paint(Colour::None, "x"), "x");
	output.setJson(true);
	EXPECT_EQ(output.paint(Colour::Bad, "x"), "x");
}

TEST(Output, NoColourWinsOverATerminal)
{
	testing::internal::CaptureStdout();
	Output output;
	EXPECT_EQ(output.paint(Colour::Good, "x"), "x");
	testing::internal::GetCapturedStdout();
}

TEST(Output, TextIsNotMixedWithJson)
{
	Output output;
	output.setJson(true);
	testing::internal::CaptureStdout();
	output.line("for people");
	output.print({{"path", "\xff"}}); // no UTF-8, and no reason to fail
	const auto printed = testing::internal::GetCapturedStdout();
	EXPECT_EQ(Json::parse(printed).size(), 1U) << printed;
}

TEST(Output, AnErrorsCodeBecomesTheExitCode)
{
	using fss::HResult;
	testing::internal::CaptureStderr();
	Output output;
	EXPECT_EQ(output.failed({HResult::ObjectNotFound, "gone", 0, ""}), Exit::NotFound);
	EXPECT_EQ(output.failed({HResult::SetInProgress, "busy", 0, ""}), Exit::Busy);
	EXPECT_EQ(output.failed({HResult::AccessDenied, "no", 0, ""}), Exit::NoPermission);
	EXPECT_EQ(output.failed({HResult::Fail, "broken", 0, "mend it"}), Exit::Failed);
	const auto said = testing::internal::GetCapturedStderr();
	EXPECT_NE(said.find("fssctl: broken"), said.npos);
	EXPECT_NE(said.find("mend it"), said.npos);
}

} // namespace
} // namespace fssctl
