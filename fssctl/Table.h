// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Output.h"

#include <string>
#include <vector>

namespace fssctl {

struct Cell {
	std::string text;
	Colour colour = Colour::None;
};

/// Rows under headings, for people. On a terminal no line is wider than it: the
/// columns that may be cut are cut, the widest first, and where that is not
/// enough the last ones are left out.
class Table {
public:
	struct Column {
		std::string heading;
		size_t least = 0; ///< columns that it needs at least; 0: it is never cut
		bool right = false;
		bool plainCut = false; ///< cut without "…": the start of an id is one, too
	};

	explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

	void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
	bool empty() const { return rows_.empty(); }
	/// width: of the terminal, 0: there is none.
	std::string text(const Output &output, size_t width) const;

private:
	std::vector<size_t> widths(size_t width) const;
	std::string cellText(size_t column, const Cell &cell, size_t width, bool last,
	                     const Output &output) const;

	std::vector<Column> columns_;
	std::vector<std::vector<Cell>> rows_;
};

} // namespace fssctl
