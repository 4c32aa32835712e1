// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/ForeignState.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace fss {

/// The database of Samba's own agent in memory.
class FakeForeignState : public ForeignState {
public:
	Result<std::vector<ForeignRecord>> foreignRecords() override;
	Result<void> eraseForeign(const std::vector<std::string> &keys) override;

	std::map<std::string, ForeignRecord> records; ///< by key
	std::optional<Error> readFailure, eraseFailure;
	std::function<void()> beforeErase;
};

} // namespace fss
