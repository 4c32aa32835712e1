// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/ShadowSet.h"
#include "requester/protocol/AgentConnection.h"
#include "requester/protocol/UnfinishedSet.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fss::requester {

/// One server's part of a set.
struct ServerSide {
	std::string host; ///< who is talked to: the owner of the shares
	std::unique_ptr<AgentConnection> connection;
	std::vector<size_t> copies; ///< which of the set's copies are there
	UnfinishedSet made;
};

/// One call on one server; an HRESULT that is not zero is a failure.
/// object: what it is about, for the message.
Result<Reply> callOne(ServerSide &side, const Request &request, const std::string &object,
                      Deadline deadline, const Cancellation &cancellation);

/// The request for one server of several; nothing: it has none to answer.
using RequestFor = std::function<std::optional<Request>(const ServerSide &)>;
using ReplyFrom = std::function<void(ServerSide &, const Reply &)>;

/// One call on all servers at once: all are sent before any reply is waited
/// for. Every reply is taken; the first failure is returned.
Result<void> callAll(std::vector<ServerSide> &sides, const RequestFor &request, Deadline deadline,
                     const Cancellation &cancellation, const ReplyFrom &taken = nullptr);

/// Takes back what is on a server, on a new connection where the old one is
/// broken. Not interrupted, but bounded in time.
Result<void> takeBackSide(ServerSide &side, Connector &connector);

} // namespace fss::requester
