// SPDX-License-Identifier: GPL-3.0-or-later
#include "protect/ModuleOrder.h"

#include <gtest/gtest.h>

namespace fss {
namespace {

TEST(ModuleOrderTest, FssAloneOrNotAtAllIsNoFault)
{
	EXPECT_EQ(misplacedModules({}), "");
	EXPECT_EQ(misplacedModules({"fss"}), "");
	EXPECT_EQ(misplacedModules({"io_uring", "acl_xattr"}), "");
}

TEST(ModuleOrderTest, ModulesThatHandOnMayStandOnEitherSide)
{
	for (const char *module :
	     {"acl_xattr", "streams_xattr", "fruit", "full_audit", "recycle", "shadow_copy2"}) {
		EXPECT_EQ(misplacedModules({module, "fss"}), "");
		EXPECT_EQ(misplacedModules({"fss", module}), "");
	}
}

TEST(ModuleOrderTest, WhoEndsWritesItselfMustBeBelow)
{
	EXPECT_EQ(misplacedModules({"fss", "io_uring"}), "");
	const auto fault = misplacedModules({"acl_xattr", "io_uring", "fss", "full_audit"});
	EXPECT_NE(fault.find("io_uring must stand behind fss"), std::string::npos) << fault;
	EXPECT_NE(fault.find("vfs objects = acl_xattr fss io_uring full_audit"), std::string::npos)
	        << fault;
}

TEST(ModuleOrderTest, WhoTranslatesNamesMustBeAbove)
{
	EXPECT_EQ(misplacedModules({"catia", "fss"}), "");
	const auto fault = misplacedModules({"acl_xattr", "fss", "catia", "streams_xattr"});
	EXPECT_NE(fault.find("catia must stand before fss"), std::string::npos) << fault;
	EXPECT_NE(fault.find("vfs objects = acl_xattr catia fss streams_xattr"), std::string::npos)
	        << fault;
}

TEST(ModuleOrderTest, TheOrderThatItNamesIsRight)
{
	const auto fault = misplacedModules({"io_uring", "btrfs", "fss", "acl_xattr", "catia"});
	EXPECT_NE(fault.find("vfs objects = catia fss io_uring btrfs acl_xattr"), std::string::npos)
	        << fault;
	EXPECT_EQ(misplacedModules({"catia", "fss", "io_uring", "btrfs", "acl_xattr"}), "");
}

TEST(ModuleOrderTest, AModuleIsKnownByPathAndWithAParameter)
{
	EXPECT_NE(misplacedModules({"/opt/io_uring.so", "/usr/lib/fss.so"}), "");
	EXPECT_NE(misplacedModules({"io_uring:x", "fss"}), "");
	EXPECT_EQ(misplacedModules({"io_uring2", "fss"}), "");
}

TEST(ModuleOrderTest, FssIsPutWhereItBelongsAmongOthers)
{
	using List = std::vector<std::string>;
	EXPECT_EQ(orderedModules({}), List{"fss"});
	EXPECT_EQ(orderedModules({"acl_xattr"}), (List{"fss", "acl_xattr"}));
	EXPECT_EQ(orderedModules({"catia", "io_uring"}), (List{"catia", "fss", "io_uring"}));
	EXPECT_EQ(orderedModules({"io_uring", "fss"}), (List{"fss", "io_uring"}));
}

} // namespace
} // namespace fss
