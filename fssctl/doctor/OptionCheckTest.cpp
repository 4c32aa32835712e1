// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Options.h"
#include "fssctl/doctor/OptionNames.h"
#include "fssctl/doctor/testing/Patient.h"

namespace fss::doctor {
namespace {

class OptionCheckTest : public DoctorTest {
protected:
	/// As the host has them, and as they stand in the section.
	void set(const std::string &section, const std::string &name, const std::string &value)
	{
		samba.sections[section].emplace_back(name, value);
		if (section == "global")
			host.options[name] = value;
		else
			host.shareOptions[{section, name}] = value;
	}
	Findings check() { return checkOptions(at, {"data"}); }
};

TEST_F(OptionCheckTest, EveryDefaultIsUnderstood)
{
	for (const auto &option : optionTable())
		if (!option.defaultValue.empty())
			set("global", std::string(option.name), std::string(option.defaultValue));
	EXPECT_EQ(gravest(check()), Verdict::Ok);
}

TEST_F(OptionCheckTest, AMisspeltNameIsReplaced)
{
	set("data", "stroe directory", "/srv/.s");
	EXPECT_THAT(
	        remedies(check()),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [data], write: fss:store "
	                             "directory = /srv/.s   (in place of fss:stroe directory)"));
}

TEST_F(OptionCheckTest, ANameLikeNoOtherGoes)
{
	set("global", "colour of the bikeshed", "blue");
	EXPECT_THAT(
	        remedies(check()),
	        testing::ElementsAre("in /etc/samba/smb.conf, section [global], remove: fss:colour "
	                             "of the bikeshed"));
}

TEST_F(OptionCheckTest, CaseAndBlanksAreSambasToIgnore)
{
	set("data", "Min Free", "500M");
	set("data", "storedirectory", "/srv/.s");
	EXPECT_EQ(gravest(check()), Verdict::Ok);
}

TEST_F(OptionCheckTest, AValueThatTheAgentDoesNotUnderstandBecomesTheDefault)
{
	set("data", "max shadow copies", "0");
	EXPECT_THAT(remedies(check()),
	            testing::ElementsAre(
	                    "in /etc/samba/smb.conf, section [data], write: fss:max shadow "
	                    "copies = 512"));
}

TEST_F(OptionCheckTest, EveryOptionWithAFixedFormIsRead)
{
	// Names, addresses, paths and programs may be anything.
	const std::set<std::string_view> free{"server names", "owner name", "snapshot helper",
	                                      "store directory", "admin group"};
	for (const auto &option : optionTable()) {
		if (free.contains(option.name))
			continue;
		samba.sections.clear();
		host.options.clear();
		set("global", std::string(option.name), "?!");
		EXPECT_EQ(gravest(check()), Verdict::Warning) << option.name;
	}
}

TEST_F(OptionCheckTest, AGlobalOptionInAShareMoves)
{
	set("data", "error codes", "current");
	EXPECT_EQ(remedies(check()).size(), 2U);
	EXPECT_EQ(remedies(check()).back(),
	          "in /etc/samba/smb.conf, section [global], write: fss:error codes = current");
}

TEST(OptionNamesTest, TheNearestIsNotFarAway)
{
	EXPECT_EQ(nearestOption("max shadowcopy"), "max shadow copies");
	EXPECT_EQ(nearestOption("Provder"), "provider");
	EXPECT_EQ(nearestOption("held"), "hold");
	EXPECT_EQ(nearestOption("something else"), "");
}

} // namespace
} // namespace fss::doctor
