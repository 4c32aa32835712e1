// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/Watch.h"
#include "requester/protocol/Messages.h"

#include <chrono>
#include <memory>

namespace fss::requester {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline in(std::chrono::milliseconds time)
{
	return std::chrono::steady_clock::now() + time;
}

/// A connection to the shadow copy agent of one server. A request is sent and
/// its reply received apart, so that several servers work at the same time.
///
/// If this process dies, or close() is called, with a set in the making on it, the connection
/// itself takes that set back (see worker/Worker.h).
class AgentConnection {
public:
	virtual ~AgentConnection() = default;

	virtual const std::string &host() const = 0;

	/// One request may be under way.
	virtual void send(const Request &request) = 0;

	/// Fails when the connection breaks, at the deadline, and some seconds
	/// after a cancellation if there is no reply by then. The connection is
	/// then of no more use. A reply with an error is a Reply.
	virtual Result<Reply> receive(Deadline deadline, const Cancellation &cancellation) = 0;

	/// False after receive() has failed.
	virtual bool usable() const = 0;

	/// The set made on this connection is to stay.
	virtual void release() = 0;
};

/// Makes connections, with the user's login.
class Connector {
public:
	virtual ~Connector() = default;
	virtual Result<std::unique_ptr<AgentConnection>>
	connect(const std::string &host, Deadline deadline, const Cancellation &cancellation) = 0;
};

} // namespace fss::requester
