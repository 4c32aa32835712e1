// SPDX-License-Identifier: GPL-3.0-or-later
/// Share names as a hostile client may send them: UTF-16 units of any kind.
#include "protocol/Names.h"
#include "protocol/Unc.h"

#include <cstdlib>
#include <cstring>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	std::vector<char16_t> units(size / 2);
	if (!units.empty())
		std::memcpy(units.data(), data, units.size() * 2);
	const auto unc = fss::Unc::parse(units);
	if (!unc)
		return 0;
	// What is accepted reads the same again, and has what a UNC has.
	const auto again = fss::Unc::parse(unc->given);
	if (!again || again->share != unc->share || again->host != unc->host)
		std::abort();
	if (unc->share.empty() || unc->host.empty() ||
	    unc->share.find_first_of(std::string_view("\\/\0", 3)) != std::string::npos)
		std::abort();
	fss::isOwnName(unc->host, {"SERVER", "::1", "192.0.2.1"});
	fss::exposedName(*unc, unc->share, fss::CopyId());
	if (!fss::sameName(unc->share, unc->share))
		std::abort();
	return 0;
}
