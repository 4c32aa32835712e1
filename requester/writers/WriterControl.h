// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"
#include "requester/model/Watch.h"
#include "requester/protocol/AgentConnection.h"

#include <functional>
#include <memory>

namespace fss::requester {

/// Holds the applications of one set still.
class WriterControl {
public:
	virtual ~WriterControl() = default;

	/// All freeze commands, in order. When one fails, all that were begun
	/// have been thawed again.
	virtual Result<void> freeze(const Cancellation &cancellation) = 0;

	/// The thaw commands of all writers whose freeze was begun, in reverse.
	/// Fails also where they had to be thawed before, because the time was up.
	/// Without a freeze, and a second time, it does nothing.
	virtual Result<void> thaw() = 0;

	/// When frozen writers are thawed without being asked.
	virtual Deadline frozenUntil() const = 0;
};

using WriterControls = std::function<Result<std::unique_ptr<WriterControl>>(const SetSpec &)>;

/// Over a process of its own, which thaws also when this one has died, or is
/// too late (Budgets::frozen).
Result<std::unique_ptr<WriterControl>> controlWriters(const SetSpec &spec);

} // namespace fss::requester
