// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Report.h"

#include <gtest/gtest.h>

namespace fss::doctor {
namespace {

TEST(ReportTest, JsonHasEveryFindingWithItsRemedies)
{
	Remedy line;
	line.file = "/etc/samba/smb.conf";
	line.section = "data";
	line.line = "fss:nested = include";
	line.removes = "fss:nested";
	auto choose = command({"net", "ACCOUNT"});
	choose.choices = {"ACCOUNT"};
	const auto json =
	        asJson({ok("smbd", "", "runs"),
	                {"nested", "data", Verdict::Error, "a subvolume", {line}},
	                {"permitted-accounts", "", Verdict::Warning, "nobody", {choose}}});
	EXPECT_EQ(
	        json.dump(),
	        R"({"status":"error","errors":1,"warnings":1,"findings":[)"
	        R"({"check":"smbd","share":null,"status":"ok","text":"runs","remedies":[]},)"
	        R"({"check":"nested","share":"data","status":"error","text":"a subvolume","remedies":[)"
	        R"({"file":"/etc/samba/smb.conf","section":"data","removes":"fss:nested",)"
	        R"("line":"fss:nested = include"}]},)"
	        R"({"check":"permitted-accounts","share":null,"status":"warning","text":"nobody",)"
	        R"("remedies":[{"command":"net ACCOUNT","choices":["ACCOUNT"]}]}]})");
}

TEST(ReportTest, TheSummaryCounts)
{
	EXPECT_EQ(summary({ok("a", "", ""), {"b", "", Verdict::Error, ""}}),
	          "1 error(s), 0 warning(s) in 2 steps");
}

} // namespace
} // namespace fss::doctor
