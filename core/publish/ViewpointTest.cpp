// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/Viewpoint.h"

#include "testing/Printing.h"
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

	Result<Viewpoint> check(const std::string &share = "data")
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

// Files by client in [global], as for "log level"; and shares of their own.
class OwnFilesTest : public ViewpointTest {
protected:
	void put(const std::string &name, const Lines &lines)
	{
		const auto path = directory.directory("conf") + "/" + name;
		std::ofstream(path) << "\n";
		files[path] = lines;
	}
	void include(const std::string &pattern = "%U.conf", const std::string &section = "")
	{
		line = "include = " + directory.directory("conf") + "/" + pattern;
		files[""].insert(files[""].begin(),
		                 {section, "include", directory.directory("conf") + "/" + pattern});
	}

	const TempDirectory directory;
	std::string line;
};

TEST_F(OwnFilesTest, WhereNoFileChangesAShareWhoConnectsHasToBeAsked)
{
	EXPECT_EQ(check().value(), Viewpoint::Everybody);
	include();
	EXPECT_EQ(check().value(), Viewpoint::Client);
	put("alice.conf", {{"", "log level", "10"}, {"global", "max log size", "0"}});
	EXPECT_EQ(check().value(), Viewpoint::Client);
}

TEST_F(OwnFilesTest, AShareThatOneFileDefinesIsThereForSome)
{
	include();
	put("alice.conf", {{"docs", "path", "/srv/docs"}});
	EXPECT_EQ(check("docs").value(), Viewpoint::Client);
	EXPECT_EQ(check().value(), Viewpoint::Client);
}

TEST_F(OwnFilesTest, AShareThatTwoDefineIsRefused)
{
	include();
	put("alice.conf", {{"docs", "path", "/srv/docs"}});
	put("bob.conf", {{"DOCS", "path", "/srv/docs"}});
	expectRefused(line, "docs");
	EXPECT_TRUE(check());
}

TEST_F(OwnFilesTest, AShareThatIsDefinedForAllAndForOneIsRefused)
{
	include();
	put("alice.conf", {{"data", "force user", "root"}});
	expectRefused(line);
	EXPECT_TRUE(check("another"));
}

TEST_F(OwnFilesTest, ACopyOfOneThatSomeHaveIsRefused)
{
	include();
	put("alice.conf", {{"docs", "path", "/srv/docs"}});
	files[""].push_back({"data", "copy", "docs"});
	expectRefused(line);
}

TEST_F(OwnFilesTest, WhatAFileSetsForAllSharesIsRefused)
{
	include();
	for (const auto *name : {"invalid users", "hosts deny", "writable", "public", "fss:nested"})
		for (const auto *section : {"", "global"}) {
			put("alice.conf", {{section, name, "x"}});
			expectRefused(line);
		}
}

TEST_F(OwnFilesTest, WhatLeadsOnFromAFileIsRefused)
{
	include();
	for (const auto *name :
	     {"include", "copy", "config file", "usershare path", "default service"}) {
		put("alice.conf", {{"", name, "x"}});
		expectRefused(line);
	}
}

TEST_F(OwnFilesTest, WhatComesAfterAFileThatEndsInAShareIsThatSharesForSome)
{
	include();
	files[""].insert(files[""].begin() + 1, {"", "guest ok", "yes"});
	EXPECT_TRUE(check());
	put("alice.conf", {{"docs", "path", "/srv/docs"}});
	expectRefused(line);
	files[""][1].name = "log level";
	EXPECT_TRUE(check());
}

TEST_F(OwnFilesTest, AFileThatCannotBeReadIsRefused)
{
	include();
	put("alice.conf", {});
	unreadable = directory.directory("conf") + "/alice.conf";
	expectRefused(line);
}

TEST_F(OwnFilesTest, AFileWhoseNameMayBeOfAnyFormIsRefused)
{
	for (const auto *pattern : {"%H.conf", "%P/smb.conf", "%$(X)%U", "%U%"}) {
		files[""] = {{"data", "path", "/srv/data"}};
		include(pattern);
		expectRefused(line);
	}
}

TEST_F(OwnFilesTest, AHomeDirectoryOfAFileIsThere)
{
	include();
	put("alice.conf", {{"homes", "path", "/srv/%S"}});
	EXPECT_EQ(check("alice").value(), Viewpoint::Client);
	files[""].push_back({"homes", "path", "/home/%S"});
	expectRefused(line, "alice");
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
