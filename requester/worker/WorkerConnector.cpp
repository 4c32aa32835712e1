// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/worker/WorkerConnector.h"

#include "requester/protocol/UnfinishedSet.h"
#include "requester/worker/Worker.h"

namespace fss::requester {

Result<std::unique_ptr<AgentConnection>> WorkerConnector::connect(const std::string &host,
                                                                  Deadline deadline,
                                                                  const Cancellation &cancellation)
{
	const auto dial = [&]() -> Result<CallFunction> {
		auto agent = RpcAgent::connect(host, transport_);
		if (!agent)
			return failed(agent.error());
		auto shared = std::make_shared<RpcAgent>(std::move(*agent));
		return CallFunction(
		        [shared](const Request &request) { return shared->call(request); });
	};
	return startWorker(host, dial,
	                   transport_.talkative ? Child::Output::Errors : Child::Output::Nowhere,
	                   deadline, cancellation);
}

} // namespace fss::requester
