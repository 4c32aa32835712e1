// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/ShareGuard.h"
#include "testing/Faults.h"

#include <optional>
#include <vector>

namespace fss {

/// Lets everybody in, unless it is told not to.
class FakeGuard : public ShareGuard, public Faulty {
public:
	Result<void> ask(const GuardQuestion &question) override
	{
		asked.push_back(question);
		if (failure)
			return tl::unexpected(*failure);
		return reading("guard of " + question.share);
	}

	std::vector<GuardQuestion> asked;
	std::optional<Error> failure;
};

} // namespace fss
