// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Listing.h"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>

namespace fss::requester {
namespace {

/// The shadow copy of "Protect Data on Remote SMB File Shares using VSS".
struct Published {
	Published()
	{
		copy.id = *CopyId::parse("7b53b887-76e5-4db8-821d-6828e4cbe044");
		copy.host = "smbsofs";
		copy.share = "vm";
		copy.server = "FSF-260403-09";
		copy.exposedName = "VM@{F1C5E17A-4168-4611-9CD4-8366F9F935C3}";
		copy.created = 129828981520000000; // 2012-05-31 00:35:52 UTC
		set.id = *SetId::parse("2bef895d-5d3f-4799-8368-f4bfc684e95b");
		set.context = contextOf(true, true, true);
		set.copies = {copy};
		aliases.set("VSS_SHADOW_1", "{7b53b887-76e5-4db8-821d-6828e4cbe044}");
		aliases.set("VSS_SHADOW_SET", "{2bef895d-5d3f-4799-8368-f4bfc684e95b}");
	}
	ShadowCopy copy;
	ShadowSet set;
	Aliases aliases;
};

class Listing : public testing::Test {
protected:
	Listing()
	{
		setenv("TZ", "PST8PDT,M3.2.0,M11.1.0", 1);
		tzset();
	}
	~Listing() override
	{
		unsetenv("TZ");
		tzset();
	}
	Published published;
};

TEST_F(Listing, IsThatOfTheDocumentation)
{
	EXPECT_EQ(copyText(published.set, published.copy, published.aliases,
	                   "CONTOSO.SMBTEST.stbtest.microsoft.com"),
	          "* Shadow copy ID = {7b53b887-76e5-4db8-821d-6828e4cbe044} %VSS_SHADOW_1%\n"
	          "- Shadow copy set: {2bef895d-5d3f-4799-8368-f4bfc684e95b} %VSS_SHADOW_SET%\n"
	          "- Original count of shadow copies = 1\n"
	          "- Original volume name: \\\\SMBSOFS\\VM\\ [volume not on this machine]\n"
	          "- Creation time: 5/30/2012 5:35:52 PM\n"
	          "- Shadow copy device name: "
	          "\\\\FSF-260403-09\\VM@{F1C5E17A-4168-4611-9CD4-8366F9F935C3}\n"
	          "- Originating machine: FSF-260403-09\n"
	          "- Service machine: CONTOSO.SMBTEST.stbtest.microsoft.com\n"
	          "- Not exposed\n"
	          "- Provider ID: {89300202-3cec-4981-9171-19f59559e0f2}\n"
	          "- Attributes: No_Auto_Release Persistent FileShare\n");
}

TEST_F(Listing, OfADeletionIsThatOfTheDocumentation)
{
	EXPECT_EQ(deletingText(published.set, published.copy),
	          "Deleting shadow copy {7b53b887-76e5-4db8-821d-6828e4cbe044} on volume "
	          "\\\\SMBSOFS\\VM\\ from provider {89300202-3cec-4981-9171-19f59559e0f2} "
	          "[Attributes: 0x04400009]...\n");
}

TEST_F(Listing, HasNoAliasWhereThereIsNone)
{
	auto text = copyText(published.set, published.copy, Aliases(), "m");
	EXPECT_EQ(text.find('%'), std::string::npos);
}

TEST_F(Listing, NamesTheAttributesOfEachContext)
{
	auto text = [](bool persistent, bool writers) {
		return attributesText(attributesOf(contextOf(persistent, false, writers)));
	};
	EXPECT_EQ(text(false, true), "Auto_Release FileShare");
	EXPECT_EQ(text(false, false), "Auto_Release No_Writers FileShare");
	EXPECT_EQ(text(true, false), "No_Auto_Release Persistent No_Writers FileShare");
}

TEST_F(Listing, HasTimesOfTwelveHours)
{
	constexpr int64_t hour = 3600LL * 10'000'000;
	auto midnight = published.copy.created - (17 * hour + (35 * 60 + 52) * 10'000'000LL);
	EXPECT_EQ(timeText(midnight), "5/30/2012 12:00:00 AM");
	EXPECT_EQ(timeText(midnight + 12 * hour), "5/30/2012 12:00:00 PM");
	EXPECT_EQ(timeText(midnight + 11 * hour), "5/30/2012 11:00:00 AM");
}

} // namespace
} // namespace fss::requester
