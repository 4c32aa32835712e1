// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/Requester.h"

#include "requester/protocol/Codes.h"

#include <algorithm>
#include <set>

namespace fss::requester {

namespace {

std::set<std::string> serversOf(const ShadowSet &set)
{
	std::set<std::string> servers;
	for (const ShadowCopy &copy : set.copies)
		servers.insert(copy.server);
	return servers;
}

std::string wireShare(const Unc &share)
{
	return "\\\\" + share.host + "\\" + share.share + "\\";
}

} // namespace

Deadline Requester::callDeadline() const
{
	return in(Budgets().call + std::chrono::seconds(2));
}

Result<ServerSide> Requester::connect(const std::string &host)
{
	if (parts_.progress)
		parts_.progress({Phase::Connect, host, {}});
	auto connection = parts_.connector.connect(host, callDeadline(), parts_.cancellation);
	if (!connection)
		return failed(connection.error());
	ServerSide side{host, std::move(*connection), {}, {}};
	if (auto agreed = negotiate(side, callDeadline(), parts_.cancellation); !agreed)
		return failed(agreed.error());
	return side;
}

Result<Reply> Requester::ask(const std::string &host, const Request &request,
                             const std::string &object)
{
	auto side = connect(host);
	if (!side)
		return failed(side.error());
	return callOne(*side, request, object, callDeadline(), parts_.cancellation);
}

Result<ShadowSet> Requester::create(const SetSpec &spec)
{
	return SetMaker(parts_, spec).make();
}

Result<ShadowSet> Requester::recoveryComplete(const ShadowSet &set)
{
	ShadowSet now = set;
	for (const std::string &server : serversOf(set)) {
		const auto copy = std::ranges::find(set.copies, server, &ShadowCopy::server);
		if (parts_.progress)
			parts_.progress({Phase::Complete, server, {}});
		auto reply = ask(server,
		                 {.method = FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET,
		                  .set = copy->serverSetId.guid()},
		                 braced(set.id));
		if (!reply)
			return failed(reply.error());
	}
	now.state = SetState::Recovered;
	if (auto stored = parts_.catalog.put(now); !stored)
		return failed(stored.error());
	return now;
}

Result<void> Requester::abort(const ShadowSet &set)
{
	ShadowSet left = set;
	Result<void> all;
	for (const std::string &server : serversOf(set)) {
		ServerSide side{server, nullptr, {}, {}};
		std::vector<UnfinishedSet::Copy> copies;
		for (const ShadowCopy &copy : set.copies)
			if (copy.server == server) {
				copies.push_back({copy.serverCopyId.guid(), copy.wireName()});
				side.made.assume(copy.serverSetId.guid(), copies);
			}
		if (parts_.progress)
			parts_.progress({Phase::Abort, server, {}});
		if (auto taken = takeBackSide(side, parts_.connector); !taken)
			all = taken;
		else
			std::erase_if(left.copies, [&](const ShadowCopy &copy) {
				return copy.server == server;
			});
	}
	auto noted = left.copies.empty() ? parts_.catalog.remove(set.id) : parts_.catalog.put(left);
	return all ? noted : all;
}

Result<void> Requester::deleteShareMapping(const ShadowSet &set, const ShadowCopy &copy)
{
	auto side = connect(copy.server);
	if (!side)
		return failed(side.error());
	if (parts_.progress)
		parts_.progress({Phase::Delete, copy.server, copy.given});
	const auto call = [&](const Request &request) {
		side->connection->send(request);
		return side->connection->receive(callDeadline(), parts_.cancellation);
	};
	auto deleted = deleteMapping(call, copy.server, copy.serverSetId.guid(),
	                             copy.serverCopyId.guid(), copy.wireName());
	return deleted ? parts_.catalog.remove(set.id, copy.id) : deleted;
}

Result<ShadowCopy> Requester::mapping(const ShadowCopy &copy)
{
	auto reply = ask(copy.server,
	                 {.method = FSS_GET_SHARE_MAPPING,
	                  .set = copy.serverSetId.guid(),
	                  .copy = copy.serverCopyId.guid(),
	                  .share = copy.wireName()},
	                 copy.given);
	if (!reply)
		return failed(reply.error());
	ShadowCopy now = copy;
	now.exposedName = reply->name;
	now.created = reply->created;
	return now;
}

Result<PathSupport> Requester::isPathSupported(const Unc &share)
{
	auto reply = ask(share.host, {.method = FSS_IS_PATH_SUPPORTED, .share = wireShare(share)},
	                 share.given);
	if (!reply)
		return failed(reply.error());
	return PathSupport{reply->flag, reply->name};
}

Result<PathShadowCopied> Requester::isPathShadowCopied(const Unc &share)
{
	auto reply =
	        ask(share.host, {.method = FSS_IS_PATH_SHADOW_COPIED, .share = wireShare(share)},
	            share.given);
	if (!reply)
		return failed(reply.error());
	return PathShadowCopied{reply->flag, reply->compatibility};
}

} // namespace fss::requester
