// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Options.h"

#include "testing/FakeHost.h"

#include <gmock/gmock.h>

namespace fss {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class OptionsTest : public testing::Test {
protected:
	FakeHost host;
	Options options{host};

	void set(const std::string &name, const std::string &value) { host.options[name] = value; }
};

TEST_F(OptionsTest, HaveDefaults)
{
	EXPECT_EQ(options.dialect(), Dialect::Interoperable);
	EXPECT_FALSE(options.sequenceTimeout());
	EXPECT_EQ(options.maxConcurrentSets(), 1U);
	EXPECT_EQ(options.maxShadowCopies("a"), 512U);
	EXPECT_FALSE(options.keepNonPersistent());
	EXPECT_FALSE(options.requirePrivacy());
	EXPECT_THAT(options.serverNames(), IsEmpty());
	EXPECT_FALSE(options.ownerName());
	EXPECT_EQ(options.nested("a"), NestedPolicy::Refuse);
	EXPECT_EQ(options.storeDirectory("a"), "");
	EXPECT_THAT(host.lines, IsEmpty());
}

TEST_F(OptionsTest, AreReadInAnyCase)
{
	set("error codes", "Current");
	set("require privacy", "YES");
	set("nested", "IGNORE");
	EXPECT_EQ(options.dialect(), Dialect::Current);
	EXPECT_TRUE(options.requirePrivacy());
	EXPECT_EQ(options.nested("a"), NestedPolicy::Ignore);
	set("provider", "Snapper");
	EXPECT_EQ(options.provider("a"), ProviderChoice::Snapper);
	set("provider", "vfs");
	EXPECT_EQ(options.provider("a"), ProviderChoice::Vfs);
	set("provider", "btrfs");
	EXPECT_EQ(options.provider("a"), ProviderChoice::Btrfs);
}

TEST_F(OptionsTest, FlagsTakeSambasWords)
{
	for (const char *yes : {"yes", "true", "1", "on", "True"}) {
		set("keep non-persistent", yes);
		EXPECT_TRUE(options.keepNonPersistent()) << yes;
	}
	for (const char *no : {"no", "false", "0", "off"}) {
		set("keep non-persistent", no);
		EXPECT_FALSE(options.keepNonPersistent()) << no;
	}
	EXPECT_THAT(host.lines, IsEmpty());
}

TEST_F(OptionsTest, ASharesOwnValueComesFirst)
{
	set("nested", "ignore");
	set("max shadow copies", "7");
	host.shareOptions[{"a", "nested"}] = "include";
	host.shareOptions[{"a", "max shadow copies"}] = "3";
	host.shareOptions[{"a", "store directory"}] = "/srv/store";
	EXPECT_EQ(options.nested("a"), NestedPolicy::Include);
	EXPECT_EQ(options.nested("b"), NestedPolicy::Ignore);
	EXPECT_EQ(options.maxShadowCopies("a"), 3U);
	EXPECT_EQ(options.maxShadowCopies("b"), 7U);
	EXPECT_EQ(options.storeDirectory("a"), "/srv/store");
}

TEST_F(OptionsTest, SequenceTimeoutZeroIsNotUnset)
{
	set("sequence timeout", "0");
	EXPECT_EQ(options.sequenceTimeout(), seconds(0));
	set("sequence timeout", "17");
	EXPECT_EQ(options.sequenceTimeout(), seconds(17));
}

TEST_F(OptionsTest, MinimumFreeIsASizeAPercentageOrTheLesserOfBoth)
{
	constexpr uint64_t gib = uint64_t{1} << 30;
	const auto of = [&](const char *value, uint64_t size) {
		set("min free", value);
		return options.minimumFree("a").of(size);
	};
	EXPECT_EQ(options.minimumFree("a").of(100 * gib), gib) << "the default";
	EXPECT_EQ(options.minimumFree("a").of(2 * gib), gib / 10) << "the default";
	EXPECT_EQ(of("0", 100 * gib), 0U);
	EXPECT_EQ(of("4096", 100 * gib), 4096U);
	EXPECT_EQ(of("3g", 100 * gib), 3 * gib);
	EXPECT_EQ(of("10%", 100 * gib), 10 * gib);
	EXPECT_EQ(of("2M, 50%", 100 * gib), 2U << 20);
	EXPECT_EQ(of("50% 60G", 100 * gib), 50 * gib);
	EXPECT_THAT(host.lines, IsEmpty());
	for (const char *bad : {"", "1.5G", "much", "101%", "-1", "1X", "G"}) {
		host.lines.clear();
		EXPECT_EQ(of(bad, 100 * gib), gib) << bad;
		EXPECT_TRUE(host.logged(FSS_LOG_WARNING, "fss:min free")) << bad;
	}
}

TEST_F(OptionsTest, ServerNamesAreSeparatedBySpacesOrCommas)
{
	set("server names", " files, nas.example.com  2001:db8::5,");
	EXPECT_THAT(options.serverNames(), ElementsAre("files", "nas.example.com", "2001:db8::5"));
}

TEST_F(OptionsTest, AnEmptyOwnerNameIsNone)
{
	set("owner name", "");
	EXPECT_FALSE(options.ownerName());
	set("owner name", "node1");
	EXPECT_EQ(options.ownerName(), "node1");
}

TEST_F(OptionsTest, WhatIsNotUnderstoodCountsAsTheDefaultAndIsLogged)
{
	const auto complains = [&](const std::string &name, const std::string &value, auto check) {
		host.lines.clear();
		set(name, value);
		EXPECT_TRUE(check()) << name << " = " << value;
		EXPECT_TRUE(host.logged(FSS_LOG_WARNING, "fss:" + name)) << value;
		EXPECT_TRUE(host.logged(FSS_LOG_WARNING, value)) << value;
	};
	complains("error codes", "newest",
	          [&] { return options.dialect() == Dialect::Interoperable; });
	for (const char *bad : {"-1", "1.5", "7 sets", "", "99999999999", "0x10", "0"})
		complains("max concurrent sets", bad,
		          [&] { return options.maxConcurrentSets() == 1; });
	complains("max shadow copies", "0", [&] { return options.maxShadowCopies("a") == 512; });
	for (const char *bad : {"soon", "-5", "180s"})
		complains("sequence timeout", bad, [&] { return !options.sequenceTimeout(); });
	complains("require privacy", "maybe", [&] { return !options.requirePrivacy(); });
	complains("provider", "zfs", [&] { return options.provider("a") == ProviderChoice::Auto; });
	complains("nested", "perhaps", [&] { return options.nested("a") == NestedPolicy::Refuse; });
}

TEST_F(OptionsTest, TheComplaintNamesADefaultThatMakesSense)
{
	set("sequence timeout", "soon");
	options.sequenceTimeout();
	EXPECT_FALSE(host.logged(FSS_LOG_WARNING, "4294967295"));
}

TEST_F(OptionsTest, WritersAreHeldForTenSecondsUnlessSaidOtherwise)
{
	EXPECT_EQ(options.holdTimeout(), std::chrono::seconds(10));
	set("hold timeout", "3");
	EXPECT_EQ(options.holdTimeout(), std::chrono::seconds(3));
	set("hold timeout", "0");
	EXPECT_EQ(options.holdTimeout(), std::chrono::seconds(10));
}

TEST_F(OptionsTest, OneTransactionIsPreferredOrRequired)
{
	EXPECT_FALSE(options.requireOneTransaction());
	set("one transaction", "Require");
	EXPECT_TRUE(options.requireOneTransaction());
	set("one transaction", "prefer");
	EXPECT_FALSE(options.requireOneTransaction());
	set("one transaction", "always");
	EXPECT_FALSE(options.requireOneTransaction());
	EXPECT_TRUE(host.logged(FSS_LOG_WARNING, "one transaction"));
}

TEST_F(OptionsTest, TheTableNamesEveryOptionOnce)
{
	std::vector<std::string_view> names;
	for (const auto &option : optionTable()) {
		names.push_back(option.name);
		EXPECT_FALSE(option.meaning.empty()) << option.name;
	}
	EXPECT_THAT(names, testing::UnorderedElementsAre(
	                           "error codes", "sequence timeout", "max concurrent sets",
	                           "max shadow copies", "keep non-persistent", "require privacy",
	                           "server names", "owner name", "admin group", "provider",
	                           "snapshot helper", "nested", "min free", "hold", "hold timeout",
	                           "one transaction", "store directory", "previous versions"));
}

} // namespace
} // namespace fss
