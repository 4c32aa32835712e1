// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ModuleList.h"

#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ModuleList, IsSeparatedAsSambasListsAre)
{
	EXPECT_THAT(moduleList("a b,c;d\te"), ElementsAre("a", "b", "c", "d", "e"));
	EXPECT_THAT(moduleList("  \"a b\"  c \"d\" "), ElementsAre("a b", "c", "d"));
	EXPECT_THAT(moduleList(""), IsEmpty());
	EXPECT_THAT(moduleList(" , "), IsEmpty());
}

TEST(ModuleList, AMembersModuleIsKnownWithParameterOrPath)
{
	EXPECT_EQ(moduleName("fss"), "fss");
	EXPECT_EQ(moduleName("fss:parameter"), "fss");
	EXPECT_EQ(moduleName("fss : parameter"), "fss");
	EXPECT_EQ(moduleName("/usr/lib/samba/vfs/fss.so"), "fss");
	EXPECT_EQ(moduleName("/usr/lib.d/vfs/fss.so:parameter"), "fss");
	EXPECT_EQ(moduleName(""), "");
}

TEST(ModuleList, IsWrittenSoThatItReadsTheSame)
{
	const std::vector<std::string> members{"a", "b c", "d:e"};
	EXPECT_EQ(joinedModules(members), "a \"b c\" d:e");
	EXPECT_EQ(moduleList(joinedModules(members)), members);
	EXPECT_EQ(joinedModules({}), "");
}

} // namespace
} // namespace fss
