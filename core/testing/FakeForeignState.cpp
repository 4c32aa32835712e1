// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/FakeForeignState.h"

namespace fss {

Result<std::vector<ForeignRecord>> FakeForeignState::foreignRecords()
{
	if (readFailure)
		return tl::unexpected(*readFailure);
	std::vector<ForeignRecord> all;
	for (const auto &[key, record] : records)
		all.push_back(record);
	return all;
}

Result<void> FakeForeignState::eraseForeign(const std::vector<std::string> &keys)
{
	if (beforeErase)
		beforeErase();
	if (eraseFailure)
		return tl::unexpected(*eraseFailure);
	for (const auto &key : keys)
		records.erase(key);
	return {};
}

} // namespace fss
