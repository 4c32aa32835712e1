// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Table.h"

#include "fssctl/Text.h"

#include <algorithm>
#include <numeric>

namespace fssctl {

namespace {

constexpr size_t gap = 2;

size_t total(const std::vector<size_t> &widths)
{
	const auto text = std::accumulate(widths.begin(), widths.end(), size_t{0});
	return widths.empty() ? 0 : text + gap * (widths.size() - 1);
}

} // namespace

std::vector<size_t> Table::widths(size_t width) const
{
	std::vector<size_t> out;
	for (size_t i = 0; i < columns_.size(); i++) {
		size_t most = columnsOf(columns_[i].heading);
		for (const auto &row : rows_)
			most = std::max(most, columnsOf(row.at(i).text));
		out.push_back(most);
	}
	while (width != 0 && total(out) > width) {
		size_t widest = out.size();
		for (size_t i = 0; i < out.size(); i++)
			if (columns_[i].least != 0 && out[i] > columns_[i].least &&
			    (widest == out.size() || out[i] > out[widest]))
				widest = i;
		if (widest < out.size())
			out[widest]--;
		else if (out.size() > 1)
			out.pop_back();
		else
			break;
	}
	return out;
}

std::string Table::cellText(size_t column, const Cell &cell, size_t width, bool last,
                            const Output &output) const
{
	const auto &spec = columns_[column];
	const auto cut = spec.plainCut && columnsOf(cell.text) > width
	                         ? cell.text.substr(0, width) // ids are ASCII
	                         : shortened(cell.text, width);
	const std::string padding(width - std::min(width, columnsOf(cut)), ' ');
	const auto painted = output.paint(cell.colour, cut);
	if (spec.right)
		return padding + painted;
	return last ? painted : painted + padding;
}

std::string Table::text(const Output &output, size_t width) const
{
	const auto widths = this->widths(width);
	std::string out;
	const auto line = [&](const auto &cellOf) {
		for (size_t i = 0; i < widths.size(); i++) {
			const bool last = i + 1 == widths.size();
			out += (i == 0 ? "" : std::string(gap, ' ')) +
			       cellText(i, cellOf(i), widths[i], last, output);
		}
		out.erase(out.find_last_not_of(' ') + 1);
		out += '\n';
	};
	line([&](size_t i) { return Cell{columns_[i].heading, Colour::Bold}; });
	for (const auto &row : rows_)
		line([&](size_t i) { return row.at(i); });
	return out;
}

} // namespace fssctl
