// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/process/Child.h"
#include "requester/protocol/AgentConnection.h"

#include <functional>

namespace fss::requester {

using Dial = std::function<Result<std::function<Result<Reply>(const Request &)>>()>;

/// A worker's life: it connects, says how that went, and passes requests on.
/// When its channel ends with a set in the making, it takes that set back:
/// after the process that began it was killed, and after that one has given
/// up waiting for a call.
void work(Channel &channel, const std::string &host, const Dial &dial);

/// A process for one connection; its dial function is called there.
Result<std::unique_ptr<AgentConnection>> startWorker(const std::string &host, const Dial &dial,
                                                     Child::Output output, Deadline deadline,
                                                     const Cancellation &cancellation);

} // namespace fss::requester
