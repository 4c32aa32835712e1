// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what an exposed share takes over, as the tables of docs/exposed-shares.md.
#include "publish/ExposureTable.h"

#include <fmt/format.h>

namespace {

using fss::Treatment;

std::string treatment(const fss::ParameterRow &row)
{
	switch (row.treatment) {
	case Treatment::Keep:
		return "kept";
	case Treatment::Drop:
		return row.value.empty() ? "dropped" : fmt::format("dropped (`{}`)", row.value);
	case Treatment::Omit:
		return "left out";
	case Treatment::Replace:
		return row.value.empty() ? "replaced" : fmt::format("`{}`", row.value);
	case Treatment::Rewrite:
		return "rewritten";
	case Treatment::Refuse:
		return "refused";
	}
	return "";
}

std::string treatment(const fss::ModuleRow &row)
{
	if (row.treatment == Treatment::Refuse)
		return "share not supported";
	if (row.treatment == Treatment::Drop)
		return "dropped";
	if (row.treatment == Treatment::Rewrite)
		return "kept, rewritten";
	return row.option.empty() ? "kept"
	                          : fmt::format("kept, with `{} = {}`", row.option, row.value);
}

// As tests/e2e/exposed_table.py reads it.
std::string versions(fss::Versions versions)
{
	if (versions.since != 0)
		return fmt::format(" (since Samba 4.{})", versions.since);
	if (versions.before != 0)
		return fmt::format(" (before Samba 4.{})", versions.before);
	return "";
}

template <class Rows> void print(std::string_view title, const Rows &rows)
{
	fmt::print("| {} | in the exposed share | why |\n|---|---|---|\n", title);
	for (const auto &row : rows)
		fmt::print("| `{}`{} | {} | {} |\n", row.name, versions(row.versions),
		           treatment(row), row.reason);
}

} // namespace

// With arguments: the name in the table of each parameter, or "-".
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const auto *row = fss::findParameter(argv[i]);
		fmt::print("{}\n", row != nullptr ? row->name : "-");
	}
	if (argc > 1)
		return 0;
	print("option", fss::parameterTable());
	fmt::print("\n");
	print("module", fss::moduleTable());
}
