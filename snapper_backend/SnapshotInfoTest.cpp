// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapshotInfo.h"

#include "testing/Printing.h"

#include <cerrno>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fss::snapper {
namespace {

const auto id = *CopyId::parse("0F0E0D0C-0B0A-0908-0706-050403020100");

std::string pair(const std::string &key, const std::string &value)
{
	return fmt::format(
	        "  <userdata>\n    <key>{}</key>\n    <value>{}</value>\n  </userdata>\n", key,
	        value);
}

std::string infoWith(const std::string &elements)
{
	return fmt::format("<?xml version=\"1.0\"?>\n<snapshot>\n{}</snapshot>\n", elements);
}

std::optional<int64_t> dateIn(const std::string &date)
{
	const auto info = readInfo(infoWith(fmt::format("<date>{}</date>", date)));
	EXPECT_TRUE(succeeded(info)) << date;
	return info ? info->date : std::nullopt;
}

TEST(SnapshotInfo, HasNumberDateAndShadowCopy)
{
	const auto info = readInfo(
	        infoWith("  <type>single</type>\n  <num>17</num>\n"
	                 "  <date>2024-02-29 23:59:58</date>\n"
	                 "  <uid>0</uid>\n  <description>a &lt; ü</description>\n" +
	                 pair("note", "x") + pair("fss-copy", id.text()) + pair("fss-set", "y")));
	ASSERT_TRUE(succeeded(info));
	EXPECT_EQ(info->number, 17U);
	EXPECT_EQ(info->date, 1'709'251'198);
	EXPECT_EQ(info->copy, id);
}

TEST(SnapshotInfo, WithoutThemHasNone)
{
	const auto info = readInfo("<snapshot/>");
	ASSERT_TRUE(succeeded(info));
	EXPECT_EQ(info->number, 0U);
	EXPECT_EQ(info->date, std::nullopt);
	EXPECT_EQ(info->copy, std::nullopt);
}

TEST(SnapshotInfo, HasNoDateThatIsNotASecondInSnappersForm)
{
	EXPECT_EQ(dateIn("1970-01-01 00:00:00"), 0);
	EXPECT_EQ(dateIn("9999-12-31 23:59:59"), 253'402'300'799);
	for (const auto *wrong :
	     {"", "now", "2024-02-30 00:00:00", "2024-13-01 00:00:00", "2024-1-1 1:1:1",
	      " 2024-01-01 00:00:00", "2024-01-01 00:00:00 ", "2024-01-01T00:00:00",
	      "2024-01-01 24:00:00", "2024-01-01 00:00:60", "1969-12-31 23:59:59",
	      "99999-01-01 00:00:00", "-024-01-01 00:00:00", "2024-01-01", "&#50;024-01-01"})
		EXPECT_EQ(dateIn(wrong), std::nullopt) << wrong;
}

TEST(SnapshotInfo, HasNoNumberThatIsNotOne)
{
	for (const auto *wrong : {"", "0", "-1", "+1", " 1", "1 ", "1x", "4294967296", "0x1"}) {
		const auto info = readInfo(infoWith(fmt::format("<num>{}</num>", wrong)));
		ASSERT_TRUE(succeeded(info));
		EXPECT_EQ(info->number, 0U) << wrong;
	}
}

TEST(SnapshotInfo, NamesNoShadowCopyWithoutAWholeId)
{
	for (const auto &elements :
	     {pair("fss-copy", ""), pair("fss-copy", id.text() + "0"),
	      pair("fss-copy", id.text().substr(1)), pair("fss-set", id.text()),
	      "<key>fss-copy</key><value>" + id.text() + "</value>",
	      "<description>" + id.text() + "</description>",
	      "<userdata><value>" + id.text() + "</value></userdata>",
	      std::string("<description>&lt;userdata&gt;&lt;key&gt;fss-copy&lt;/key&gt;</"
	                  "description>")}) {
		const auto info = readInfo(infoWith(elements));
		ASSERT_TRUE(succeeded(info)) << elements;
		EXPECT_EQ(info->copy, std::nullopt) << elements;
	}
}

TEST(SnapshotInfo, ThatIsBrokenIsAnError)
{
	const auto whole = infoWith("<num>1</num>" + pair("fss-copy", id.text()));
	const std::string deep(1 << 20, '<');
	std::string nested;
	for (int i = 0; i < 200'000; i++)
		nested += "<a>";
	for (const auto &text :
	     {std::string(), std::string("\0\0", 2), std::string("\xff\xfe<"), deep, nested,
	      "<snapshot>" + nested, std::string("<!DOCTYPE x [<!ENTITY a \"&a;\">"),
	      std::string("<other/>"), whole.substr(0, whole.size() - 4),
	      whole.substr(0, whole.size() / 2), "<snapshot><num>1</date></snapshot>" + whole}) {
		const auto info = readInfo(text);
		ASSERT_FALSE(info) << text.substr(0, 40);
		EXPECT_EQ(info.error().errnum, EBADMSG);
	}
}

TEST(SnapshotInfo, EntitiesOfItsOwnAreNotReplaced)
{
	const auto info = readInfo("<!DOCTYPE snapshot [<!ENTITY n \"7\">"
	                           "<!ENTITY f SYSTEM \"file:///etc/hostname\">]>"
	                           "<snapshot><num>&n;</num><date>&f;</date></snapshot>");
	ASSERT_TRUE(succeeded(info));
	EXPECT_EQ(info->number, 0U);
	EXPECT_EQ(info->date, std::nullopt);
}

} // namespace
} // namespace fss::snapper
