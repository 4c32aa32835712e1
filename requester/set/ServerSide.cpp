// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/set/ServerSide.h"

#include "requester/protocol/Codes.h"

namespace fss::requester {

namespace {

const NeverCancelled uninterrupted;

// One who waits for the end of a program that was interrupted waits this long.
constexpr auto reconnectBudget = std::chrono::seconds(10);
constexpr auto takeBackBudget = std::chrono::seconds(60);

Result<Reply> finish(ServerSide &side, const Request &request, const std::string &object,
                     Deadline deadline, const Cancellation &cancellation)
{
	auto reply = side.connection->receive(deadline, cancellation);
	if (!reply)
		return reply;
	side.made.saw(request, *reply);
	if (reply->result != 0)
		return failed(refusal(side.host, request.method, object, reply->result));
	return reply;
}

Result<void> takeBackOver(AgentConnection &connection, const ServerSide &side)
{
	const Deadline deadline = in(takeBackBudget);
	const auto call = [&](const Request &request) {
		connection.send(request);
		return connection.receive(deadline, uninterrupted);
	};
	auto taken = takeBack(call, side.host, side.made);
	if (taken)
		connection.release();
	return taken;
}

} // namespace

Result<Reply> callOne(ServerSide &side, const Request &request, const std::string &object,
                      Deadline deadline, const Cancellation &cancellation)
{
	side.connection->send(request);
	return finish(side, request, object, deadline, cancellation);
}

Result<void> callAll(std::vector<ServerSide> &sides, const RequestFor &requestFor,
                     Deadline deadline, const Cancellation &cancellation, const ReplyFrom &taken)
{
	std::vector<std::pair<ServerSide *, Request>> sent;
	for (ServerSide &side : sides)
		if (auto request = requestFor(side)) {
			side.connection->send(*request);
			sent.emplace_back(&side, std::move(*request));
		}
	Result<void> all;
	for (auto &[side, request] : sent) {
		auto reply = finish(*side, request, request.share, deadline, cancellation);
		if (!reply && all)
			all = failed(reply.error());
		else if (reply && taken)
			taken(*side, *reply);
	}
	return all;
}

Result<void> takeBackSide(ServerSide &side, Connector &connector)
{
	if (!side.made.exists())
		return {};
	if (side.connection && side.connection->usable()) {
		auto taken = takeBackOver(*side.connection, side);
		if (taken || side.connection->usable())
			return taken;
	}
	auto anew = connector.connect(side.host, in(reconnectBudget), uninterrupted);
	if (!anew)
		return failed(anew.error());
	auto taken = takeBackOver(**anew, side);
	if (taken && side.connection)
		side.connection->release();
	return taken;
}

} // namespace fss::requester
