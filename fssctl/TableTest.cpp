// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Table.h"
#include "fssctl/Text.h"

#include <gtest/gtest.h>
#include <sstream>

namespace fssctl {
namespace {

Table sample()
{
	Table table({{"SET", 8, false, true}, {"SHARES", 6}, {"AGE", 0, true}});
	table.add({{"01234567-89AB-CDEF"}, {"accounts, archive, Bücher"}, {"3d4h"}});
	table.add({{"76543210-89AB-CDEF"}, {"x"}, {"5s"}});
	return table;
}

std::vector<std::string> linesOf(const std::string &text)
{
	std::istringstream stream(text);
	std::vector<std::string> lines;
	for (std::string line; std::getline(stream, line);)
		lines.push_back(line);
	return lines;
}

TEST(Table, IsAsWideAsItsContentWithoutATerminal)
{
	const auto lines = linesOf(sample().text(Output(), 0));
	ASSERT_EQ(lines.size(), 3U);
	EXPECT_EQ(lines[0], "SET                 SHARES                      AGE");
	EXPECT_EQ(lines[1], "01234567-89AB-CDEF  accounts, archive, Bücher  3d4h");
	EXPECT_EQ(lines[2], "76543210-89AB-CDEF  x                            5s");
}

TEST(Table, NeverIsWiderThanTheTerminal)
{
	for (size_t width = 8; width < 60; width++) // an id is not cut further
		for (const auto &line : linesOf(sample().text(Output(), width)))
			EXPECT_LE(columnsOf(line), width) << line;
}

TEST(Table, KeepsTheStartOfIdsForUse)
{
	const auto lines = linesOf(sample().text(Output(), 30));
	EXPECT_TRUE(lines[1].starts_with("0123456")) << lines[1];
	EXPECT_EQ(lines[1].substr(0, lines[1].find(' ')).find("…"), std::string::npos);
}

TEST(Table, LeavesOutWhatDoesNotFitAtAll)
{
	const auto lines = linesOf(sample().text(Output(), 10));
	EXPECT_EQ(lines[1], "01234567");
}

} // namespace
} // namespace fssctl
