// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/testing/FakeAgents.h"

#include "protocol/HResult.h"
#include "protocol/Names.h"
#include "requester/model/ShadowSet.h"

#include <algorithm>
#include <cstdlib>

namespace fss::requester {

namespace {

class FakeConnection : public AgentConnection {
public:
	FakeConnection(FakeAgents &agents, std::string host)
	        : agents_(agents), host_(std::move(host))
	{
	}

	const std::string &host() const override { return host_; }
	bool usable() const override { return usable_; }
	void release() override { agents_.released++; }

	void send(const Request &request) override
	{
		if (!usable_ || sent_)
			std::abort(); // the requester breaks AgentConnection's contract
		agents_.log.push_back(host_ + " " + std::string(name(request.method)));
		sent_ = request;
	}

	Result<Reply> receive(Deadline, const Cancellation &) override
	{
		const Request request = *std::exchange(sent_, std::nullopt);
		agents_.log.push_back(host_ + " replies");
		FakeAgents::Server &server = agents_.servers.at(host_);
		const bool fault = agents_.faultNow();
		if (server.down || (fault && agents_.fault == Fault::Cut))
			return broken(server, fault);
		if (fault && agents_.fault == Fault::Refused)
			return Reply{.result = agents_.faultCode};
		const Reply reply = agents_.answer(host_, request);
		if (fault)
			return broken(server, fault);
		return reply;
	}

private:
	Result<Reply> broken(FakeAgents::Server &server, bool fault)
	{
		if (fault && agents_.faultKillsServer)
			server.down = true;
		usable_ = false;
		return failed({.kind = FailureKind::Unreachable,
		               .server = host_,
		               .step = "call",
		               .reason = "cut"});
	}

	FakeAgents &agents_;
	std::string host_;
	bool usable_ = true;
	std::optional<Request> sent_;
};

uint32_t code(HResult result)
{
	return static_cast<uint32_t>(result);
}

} // namespace

bool FakeAgents::faultNow()
{
	return calls++ == faultAt;
}

Result<std::unique_ptr<AgentConnection>> FakeAgents::connect(const std::string &host, Deadline,
                                                             const Cancellation &)
{
	log.push_back(host + " connect");
	const auto server = servers.find(host);
	const bool fault = faultNow();
	if (server == servers.end() || server->second.down || fault)
		return failed({.kind = FailureKind::Unreachable,
		               .server = host,
		               .step = "connect",
		               .reason = "no such machine"});
	return std::make_unique<FakeConnection>(*this, host);
}

std::vector<std::string> FakeAgents::addresses(const std::string &host) const
{
	if (const auto alias = addressOf.find(host); alias != addressOf.end())
		return {alias->second};
	return servers.contains(host) ? std::vector<std::string>{"address of " + host}
	                              : std::vector<std::string>();
}

size_t FakeAgents::sets() const
{
	size_t all = 0;
	for (const auto &[host, server] : servers)
		all += server.sets.size();
	return all;
}

size_t FakeAgents::count(const std::string &line) const
{
	return static_cast<size_t>(std::ranges::count(log, line));
}

size_t FakeAgents::at(const std::string &line) const
{
	return static_cast<size_t>(std::ranges::find(log, line) - log.begin());
}

Reply FakeAgents::answer(const std::string &host, const Request &request)
{
	Server &server = servers.at(host);
	const auto share =
	        request.share.empty() ? std::nullopt : std::optional(*Unc::parse(request.share));
	const bool known = share && server.shares.contains(share->share);
	const auto found = server.sets.find(request.set.text());
	Set *set = found == server.sets.end() ? nullptr : &found->second;
	const auto refuse = [](HResult result) { return Reply{.result = code(result)}; };
	const auto advance = [&](std::initializer_list<Status> from, Status to) {
		if (!set)
			return refuse(HResult::SetIdMismatch);
		if (std::ranges::find(from, set->status) == from.end())
			return refuse(HResult::BadState);
		set->status = to;
		return Reply{};
	};
	const auto copyOf = [&] { return std::ranges::find(set->copies, request.copy, &Copy::id); };

	switch (request.method) {
	case FSS_GET_SUPPORTED_VERSION:
		return {.minVersion = server.maxVersion, .maxVersion = server.maxVersion};
	case FSS_SET_CONTEXT:
		server.contextSet = true;
		return {};
	case FSS_START_SHADOW_COPY_SET: {
		const Guid id = Guid::random();
		server.sets[id.text()] = {};
		return {.id = id};
	}
	case FSS_ADD_TO_SHADOW_COPY_SET: {
		if (!known)
			return refuse(HResult::ObjectNotFound);
		auto added = advance({Status::Started, Status::Added}, Status::Added);
		if (added.result == 0) {
			added.id = Guid::random();
			set->copies.push_back({added.id, request.share});
		}
		return added;
	}
	case FSS_PREPARE_SHADOW_COPY_SET:
		return advance({Status::Added}, Status::Added);
	case FSS_COMMIT_SHADOW_COPY_SET:
		return advance({Status::Added}, Status::Committed);
	case FSS_EXPOSE_SHADOW_COPY_SET:
		return advance({Status::Committed}, Status::Exposed);
	case FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET:
		return advance({Status::Exposed}, Status::Recovered);
	case FSS_ABORT_SHADOW_COPY_SET:
		if (!set)
			return refuse(HResult::SetIdMismatch);
		if (set->status >= Status::Committed && server.abortsNothing)
			return {};
		if (set->status == Status::Recovered)
			return refuse(HResult::BadState);
		server.sets.erase(found);
		return {};
	case FSS_IS_PATH_SUPPORTED:
		if (!known)
			return refuse(HResult::ObjectNotFound);
		return {.flag = true, .name = server.owner.empty() ? host : server.owner};
	case FSS_IS_PATH_SHADOW_COPIED:
		return {.flag = !server.sets.empty()};
	case FSS_GET_SHARE_MAPPING:
		if (!set || copyOf() == set->copies.end())
			return refuse(HResult::SetIdMismatch);
		if (set->status < Status::Exposed)
			return refuse(HResult::BadState);
		return {.name = exposedName(*share, share->share, CopyId(request.copy)),
		        .created = 130'000'000'000'000'000};
	case FSS_DELETE_SHARE_MAPPING:
		if (!set || copyOf() == set->copies.end())
			return refuse(HResult::ObjectNotFound);
		if (set->status < Status::Exposed)
			return refuse(HResult::BadState);
		set->copies.erase(copyOf());
		if (set->copies.empty())
			server.sets.erase(found);
		return {};
	}
	return refuse(HResult::InvalidArg);
}

Result<void> FakeWriters::freeze(const Cancellation &)
{
	agents_.log.emplace_back("freeze");
	if (agents_.faultNow()) {
		agents_.log.emplace_back("thaw");
		return failed({.kind = FailureKind::Hook,
		               .step = "freeze",
		               .reason = "it does not want to"});
	}
	frozen_ = true;
	return {};
}

Result<void> FakeWriters::thaw()
{
	if (!std::exchange(frozen_, false))
		return {};
	agents_.log.emplace_back("thaw");
	if (agents_.faultNow())
		return failed({.kind = FailureKind::Hook,
		               .step = "thaw",
		               .reason = "it does not want to"});
	return {};
}

} // namespace fss::requester
