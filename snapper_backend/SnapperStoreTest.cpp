// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperStore.h"

#include <gtest/gtest.h>

namespace fss::snapper {
namespace {

const auto id = *CopyId::parse("0F0E0D0C-0B0A-0908-0706-050403020100");

TEST(SnapperInfo, NamesTheShadowCopyOfItsUserData)
{
	EXPECT_EQ(copyNamedIn("<snapshot>\n  <userdata>\n    <key>fss-copy</key>\n    <value>" +
	                      id.text() + "</value>\n  </userdata>\n</snapshot>\n"),
	          id);
}

TEST(SnapperInfo, NamesNoneWithoutAWholeId)
{
	const auto key = std::string("<key>fss-copy</key>");
	for (const auto &text :
	     {std::string(), key, key + " ", key + "<value>", key + "<value></value>",
	      key + "<value>" + id.text(), key + "<value>" + id.text() + "0</value>",
	      key + "<value>" + id.text().substr(1) + "</value>",
	      "<key>fss-set</key><value>" + id.text() + "</value>",
	      "&lt;key&gt;fss-copy&lt;/key&gt;<value>" + id.text() + "</value>"})
		EXPECT_FALSE(copyNamedIn(text)) << text;
}

} // namespace
} // namespace fss::snapper
