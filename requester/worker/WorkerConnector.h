// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/protocol/AgentConnection.h"
#include "requester/worker/RpcAgent.h"

namespace fss::requester {

/// A process for each connection: Samba's client libraries serve one thread
/// of a process, block, and know no way to give a call up.
class WorkerConnector : public Connector {
public:
	explicit WorkerConnector(Transport transport) : transport_(transport) {}
	Result<std::unique_ptr<AgentConnection>> connect(const std::string &host, Deadline deadline,
	                                                 const Cancellation &cancellation) override;

private:
	Transport transport_;
};

} // namespace fss::requester
