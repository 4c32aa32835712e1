// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/worker/RpcAgent.h"

#include "requester/protocol/Codes.h"
#include "requester/samba/fsrvp_client.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

using Stage = TransportStatus::Stage;

TransportStatus statusOf(uint32_t code, Stage stage)
{
	return {code, smbshadow_status_name(code), smbshadow_status_text(code), stage};
}

} // namespace

struct RpcAgent::Connection {
	smbshadow_connection *raw = nullptr;
	~Connection() { smbshadow_disconnect(raw); }
};

RpcAgent::RpcAgent(std::string host, std::unique_ptr<Connection> connection)
        : host_(std::move(host)), connection_(std::move(connection))
{
}

RpcAgent::RpcAgent(RpcAgent &&) noexcept = default;
RpcAgent::~RpcAgent() = default;

Result<RpcAgent> RpcAgent::connect(const std::string &host, const Transport &transport)
{
	const smbshadow_target target{
	        .host = host.c_str(),
	        .port = transport.port,
	        .call_timeout_ms = static_cast<uint32_t>(transport.callBudget.count()),
	        .seal = transport.seal,
	};
	auto connection = std::make_unique<Connection>();
	smbshadow_stage stage = SMBSHADOW_SESSION;
	const uint32_t status = smbshadow_connect(&target, &connection->raw, &stage);
	if (status != 0) {
		const bool atPipe = stage == SMBSHADOW_PIPE;
		return failed(unreachable(host, atPipe ? "open \\pipe\\FssagentRpc" : "connect",
		                          statusOf(status, atPipe ? Stage::Pipe : Stage::Session)));
	}
	return RpcAgent(host, std::move(connection));
}

Result<Reply> RpcAgent::call(const Request &request)
{
	smbshadow_request wire{};
	wire.method = request.method;
	wire.number = request.number;
	wire.set = request.set.wire();
	wire.copy = request.copy.wire();
	wire.share = request.share.c_str();
	smbshadow_reply answer{};
	const uint32_t status = smbshadow_call(connection_->raw, &wire, &answer);
	if (status != 0)
		return failed(unreachable(host_, std::string(name(request.method)),
		                          statusOf(status, Stage::Call)));
	Reply reply;
	reply.result = answer.result;
	reply.minVersion = answer.min_version;
	reply.maxVersion = answer.max_version;
	reply.id = Guid(answer.id);
	reply.flag = answer.flag;
	reply.compatibility = answer.compatibility;
	reply.name = answer.name ? answer.name : "";
	reply.created = answer.created;
	return reply;
}

} // namespace fss::requester
