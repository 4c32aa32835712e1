// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/InheritedModules.h"

#include "publish/ExposureTable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fss {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InheritedModulesTest, AShareWithoutALineOfItsOwnDropsNothing)
{
	EXPECT_THAT(droppedModules({"catia", "fss"}, {"catia", "fss"}), IsEmpty());
	EXPECT_THAT(droppedModules({}, {"fss"}), IsEmpty());
}

TEST(InheritedModulesTest, WhatTheShareDoesNotNameIsDropped)
{
	EXPECT_THAT(droppedModules({"catia", "streams_xattr"}, {"fss"}),
	            ElementsAre("catia", "streams_xattr"));
	EXPECT_THAT(droppedModules({"fss", "recycle"}, {}), ElementsAre("fss", "recycle"));
}

TEST(InheritedModulesTest, AModuleIsKnownByPathAndWithAParameter)
{
	EXPECT_THAT(droppedModules({"/lib/samba/vfs/catia.so", "recycle:one"},
	                           {"fss", "catia", "recycle:two"}),
	            IsEmpty());
}

TEST(InheritedModulesTest, FssComesWhereItCanWork)
{
	EXPECT_THAT(mergedModules({"catia", "streams_xattr"}, {"fss"}),
	            ElementsAre("catia", "fss", "streams_xattr"));
	EXPECT_THAT(mergedModules({"io_uring"}, {"recycle", "fss"}),
	            ElementsAre("recycle", "fss", "io_uring"));
}

TEST(InheritedModulesTest, AShareWithoutFssGetsIt)
{
	EXPECT_THAT(mergedModules({"catia"}, {"recycle"}), ElementsAre("catia", "fss", "recycle"));
}

TEST(InheritedModulesTest, BothOrdersAreKept)
{
	EXPECT_THAT(mergedModules({"acl_xattr", "fruit", "streams_xattr", "recycle"},
	                          {"fss", "full_audit", "streams_xattr", "worm"}),
	            ElementsAre("fss", "full_audit", "acl_xattr", "fruit", "streams_xattr", "worm",
	                        "recycle"));
}

TEST(InheritedModulesTest, WhereTheOrdersDisagreeTheSharesCountsAndNothingComesTwice)
{
	EXPECT_THAT(mergedModules({"audit", "recycle", "worm"}, {"fss", "recycle", "audit"}),
	            ElementsAre("fss", "recycle", "audit", "worm"));
}

TEST(InheritedModulesTest, FruitStandsBeforeItsStreams)
{
	EXPECT_THAT(mergedModules({"streams_xattr"}, {"fss", "fruit"}),
	            ElementsAre("fss", "fruit", "streams_xattr"));
	EXPECT_THAT(mergedModules({"fruit"}, {"fss", "streams_depot"}),
	            ElementsAre("fss", "fruit", "streams_depot"));
}

TEST(InheritedModulesTest, WhatStoresNamesOrProtectsChangesFiles)
{
	for (const char *module :
	     {"streams_xattr", "streams_depot", "acl_xattr", "acl_tdb", "catia", "cap", "fruit",
	      "worm", "readonly", "virusfilter", "recycle", "full_audit", "fss", "nobody_knows_it"})
		EXPECT_TRUE(changesFiles(module)) << module;
}

TEST(InheritedModulesTest, SpeedAndEarlierVersionsDoNot)
{
	for (const char *module : {"io_uring", "/vfs/readahead.so", "shadow_copy2:x", "time_audit"})
		EXPECT_FALSE(changesFiles(module)) << module;
}

} // namespace
} // namespace fss
