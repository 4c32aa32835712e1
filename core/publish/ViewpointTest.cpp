// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/Viewpoint.h"

#include "testing/TempDirectory.h"

#include <cerrno>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

namespace fss {
namespace {

class ViewpointTest : public testing::Test {
protected:
	using Lines = std::vector<ConfigurationLine>;

	Result<void> check(const std::string &share = "data")
	{
		return checkViewpoint(
		        share, [this](const auto &file, const auto &) -> Result<Lines> {
			        if (unreadable == file)
				        return fail(HResult::NotSupported, "read " + file, EIO);
			        const auto found = files.find(file);
			        if (found == files.end())
				        return fail(HResult::NotSupported, "read " + file, ENOENT);
			        return found->second;
		        });
	}
	void expectRefused(const std::string &line, const std::string &share = "data")
	{
		const auto checked = check(share);
		ASSERT_FALSE(checked);
		EXPECT_EQ(checked.error().code, HResult::NotSupported);
		EXPECT_NE(checked.error().text().find(line), std::string::npos)
		        << checked.error().text();
	}

	std::map<std::string, Lines> files{
	        {"", {{"global", "workgroup", "W"}, {"data", "path", "/srv/data"}}}};
	std::string unreadable = "none";
};

TEST_F(ViewpointTest, VariablesOfTheServerAndTheShareAreSteady)
{
	for (const auto *text :
	     {"", "/srv/data", "/srv/%S", "/etc/%h.conf", "%v%w", "%$(HOME)", "100%%U", "%"})
		EXPECT_FALSE(dependsOnClient(text)) << text;
	for (const char c : std::string("UGDugHPIiJjmMLRaTtdNp"))
		EXPECT_TRUE(dependsOnClient(std::string("/srv/%") + c)) << c;
	EXPECT_TRUE(dependsOnClient("%%%U"));
}

TEST_F(ViewpointTest, APlainConfigurationIsTheSameForAll)
{
	files[""].push_back({"data", "include", "/etc/data.conf"});
	files["/etc/data.conf"] = {{"", "valid users", "%U"}};
	EXPECT_TRUE(check());
}

TEST_F(ViewpointTest, AnIncludeByClientIsRefusedWhetherTheFileIsThereOrNot)
{
	files[""].push_back({"data", "include", "/nowhere/%U.conf"});
	expectRefused("include = /nowhere/%U.conf in [data]");
}

TEST_F(ViewpointTest, AnIncludeInGlobalConcernsAllShares)
{
	files[""].insert(files[""].begin(), {"", "include", "/nowhere/%m.conf"});
	expectRefused("in [global]");
	expectRefused("in [global]", "another");
}

TEST_F(ViewpointTest, AnIncludeInAnotherShareDoesNot)
{
	files[""].push_back({"other", "include", "/nowhere/%G.conf"});
	EXPECT_TRUE(check());
	expectRefused("%G", "OTHER");
}

TEST_F(ViewpointTest, UnlessAFileOfThatNameMayDefineThisShare)
{
	const TempDirectory directory;
	const auto path = directory.directory("conf") + "/u.conf";
	std::ofstream(path) << "[data]\n";
	files[path] = {{"data", "force user", "root"}};
	files[""].push_back({"other", "include", directory.directory("conf") + "/%U.conf"});
	expectRefused("in [other]");
	files[path] = {{"", "force user", "root"}};
	EXPECT_TRUE(check());
}

TEST_F(ViewpointTest, AnIncludedFileGoesOnWithTheSectionAndEndsInAnother)
{
	files[""].push_back({"data", "include", "/etc/a.conf"});
	files[""].push_back({"data", "include", "/nowhere/%I.conf"});
	files["/etc/a.conf"] = {{"", "comment", "x"}, {"late", "path", "/x"}};
	expectRefused("in [late]", "late");
	EXPECT_TRUE(check("data"));
	files["/etc/a.conf"] = {{"", "include", "/nowhere/%a.conf"}};
	expectRefused("%a.conf in [data]");
}

TEST_F(ViewpointTest, ACopyOfSuchAShareIsRefused)
{
	files[""].push_back({"data", "copy", "template"});
	files[""].push_back({"template", "copy", "data"}); // a circle ends
	EXPECT_TRUE(check());
	files[""].push_back({"template", "include", "/nowhere/%u.conf"});
	expectRefused("in [template]");
}

TEST_F(ViewpointTest, AHomeDirectoryIsAsHomesIs)
{
	files[""].push_back({"homes", "include", "/nowhere/%S.%R.conf"});
	expectRefused("in [homes]", "alice");
	EXPECT_TRUE(check());
}

TEST_F(ViewpointTest, AUserShareIsAsItsTemplateIs)
{
	files[""].push_back({"global", "usershare template share", "template"});
	files[""].push_back({"template", "include", "/nowhere/%M.conf"});
	expectRefused("in [template]", "mine");
	files[""].push_back({"global", "usershare path", "/shares/%U"});
	expectRefused("usershare path = /shares/%U");
}

TEST_F(ViewpointTest, AnotherConfigurationFileIsRefused)
{
	files[""].push_back({"global", "Config File", "/etc/smb.conf.%m"});
	expectRefused("config file = /etc/smb.conf.%m");
}

TEST_F(ViewpointTest, TheRegistryIsLookedAtToo)
{
	files["registry"] = {{"data", "include", "/nowhere/%U.conf"}};
	expectRefused("in [data]");
}

TEST_F(ViewpointTest, WhatCannotBeReadIsRefused)
{
	unreadable = "/etc/closed.conf";
	files[""].push_back({"data", "include", unreadable});
	expectRefused("/etc/closed.conf");
}

TEST_F(ViewpointTest, AFileThatIncludesItselfEnds)
{
	files["/etc/loop.conf"] = {{"", "include", "/etc/loop.conf"}};
	files[""].push_back({"data", "include", "/etc/loop.conf"});
	EXPECT_TRUE(check());
}

} // namespace
} // namespace fss
