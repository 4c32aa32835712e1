// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/set/SetMaker.h"

#include "base/Clock.h"
#include "protocol/Names.h"
#include "requester/protocol/Codes.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::requester {

namespace {

constexpr uint32_t clientVersion = 1; // FSRVP_RPC_VERSION_1

// The worker's own clock ends a call; this one's is for a worker that hangs.
constexpr auto slack = std::chrono::seconds(2);

uint32_t milliseconds(std::chrono::milliseconds time)
{
	return static_cast<uint32_t>(time.count());
}

} // namespace

Result<void> negotiate(ServerSide &side, Deadline deadline, const Cancellation &cancellation)
{
	auto versions =
	        callOne(side, {.method = FSS_GET_SUPPORTED_VERSION}, "", deadline, cancellation);
	if (!versions)
		return failed(versions.error());
	if (clientVersion < versions->minVersion || clientVersion > versions->maxVersion)
		return failed(
		        {.kind = FailureKind::Unsupported,
		         .server = side.host,
		         .step = "agree on a version",
		         .reason = fmt::format(
		                 "the server speaks versions {} to {} of MS-FSRVP, smbshadow {}",
		                 versions->minVersion, versions->maxVersion, clientVersion)});
	return {};
}

SetMaker::SetMaker(const Parts &parts, SetSpec spec) : parts_(parts), spec_(std::move(spec))
{
	if (spec_.id.isNil())
		spec_.id = SetId::random();
	set_.id = spec_.id;
	set_.context = spec_.context;
	set_.created = SystemClock().fileTime();
	for (const Unc &unc : spec_.shares) {
		ShadowCopy copy;
		copy.id = CopyId::random();
		copy.given = unc.given;
		copy.host = unc.host;
		copy.share = unc.share;
		set_.copies.push_back(copy);
	}
}

Result<ShadowSet> SetMaker::make()
{
	if (auto made = steps(); !made)
		return failed(undo(made.error()));
	for (ServerSide &side : sides_)
		side.connection->release();
	return set_;
}

Result<void> SetMaker::steps()
{
	using Step = Result<void> (SetMaker::*)();
	constexpr Step all[] = {&SetMaker::connectAll,   &SetMaker::begin,   &SetMaker::addAll,
	                        &SetMaker::prepare,      &SetMaker::commit,  &SetMaker::expose,
	                        &SetMaker::readMappings, &SetMaker::complete};
	if (auto sensible = check(); !sensible)
		return sensible;
	for (Step step : all) {
		if (auto going = notCancelled(); !going)
			return going;
		if (auto done = (this->*step)(); !done)
			return done;
	}
	return {};
}

Result<void> SetMaker::check() const
{
	if (set_.copies.empty())
		return failed({.kind = FailureKind::Usage,
		               .step = "make a set",
		               .reason = "no share was named"});
	for (size_t i = 0; i < set_.copies.size(); i++)
		for (size_t j = 0; j < i; j++)
			if (sameName(set_.copies[i].host, set_.copies[j].host) &&
			    sameName(set_.copies[i].share, set_.copies[j].share))
				return failed({.kind = FailureKind::Usage,
				               .step = "make a set",
				               .reason = fmt::format("'{}' and '{}' are one share",
				                                     set_.copies[j].given,
				                                     set_.copies[i].given),
				               .advice = "name each share once"});
	return {};
}

// ------------------------------------------------------------------ connect --

Result<void> SetMaker::connectAll()
{
	for (const ShadowCopy &copy : set_.copies)
		if (copy.server.empty())
			if (auto joined = join(copy.host); !joined)
				return joined;
	for (ServerSide &side : sides_)
		if (auto agreed = negotiate(side, callDeadline(), parts_.cancellation); !agreed)
			return agreed;
	return {};
}

// Asks after all of the set's shares of that name; the last owner counts,
// there is but one for one name.
Result<std::string> SetMaker::ownerOf(const std::string &host,
                                      std::unique_ptr<AgentConnection> &connection)
{
	ServerSide asked{
	        .host = host, .connection = std::move(connection), .copies = {}, .made = {}};
	std::string owner;
	for (const ShadowCopy &copy : set_.copies) {
		if (!sameName(copy.host, host))
			continue;
		auto reply =
		        callOne(asked, {.method = FSS_IS_PATH_SUPPORTED, .share = copy.wireName()},
		                copy.given, callDeadline(), parts_.cancellation);
		if (!reply)
			return failed(reply.error());
		if (!reply->flag)
			return failed(
			        {.kind = FailureKind::Unsupported,
			         .server = host,
			         .step = fmt::format("IsPathSupported '{}'", copy.given),
			         .reason = "the server makes no shadow copies of this share"});
		owner = reply->name;
	}
	connection = std::move(asked.connection);
	return owner;
}

Result<void> SetMaker::join(const std::string &host)
{
	say(Phase::Connect, host);
	auto connection = parts_.connector.connect(host, callDeadline(), parts_.cancellation);
	if (!connection)
		return failed(connection.error());
	auto owner = ownerOf(host, *connection);
	if (!owner)
		return failed(owner.error());
	auto decision = decideOwner(host, *owner, parts_.ownerCheck, parts_.resolver);
	if (!decision)
		return failed(decision.error());
	say(Phase::Connect, host, decision->reason);

	auto side = std::ranges::find_if(sides_, [&](const ServerSide &each) {
		return sameMachine(each.host, decision->host, parts_.resolver);
	});
	if (side == sides_.end()) {
		if (!sameName(decision->host, host)) {
			connection->reset(); // MS-FSRVP 3.2.4.1: close, and connect to the owner
			connection = parts_.connector.connect(decision->host, callDeadline(),
			                                      parts_.cancellation);
			if (!connection)
				return failed(connection.error());
		}
		side = sides_.insert(side,
		                     ServerSide{decision->host, std::move(*connection), {}, {}});
	}
	for (size_t i = 0; i < set_.copies.size(); i++)
		if (set_.copies[i].server.empty() && sameName(set_.copies[i].host, host)) {
			set_.copies[i].server = side->host;
			side->copies.push_back(i);
		}
	return {};
}

// --------------------------------------------------------------------- make --

Result<void> SetMaker::begin()
{
	if (auto set = everywhere({.method = FSS_SET_CONTEXT, .number = set_.context.value()},
	                          callDeadline());
	    !set)
		return set;
	return callAll(
	        sides_,
	        [&](const ServerSide &) {
		        return Request{.method = FSS_START_SHADOW_COPY_SET, .set = set_.id.guid()};
	        },
	        callDeadline(), parts_.cancellation,
	        [&](ServerSide &side, const Reply &reply) {
		        for (size_t i : side.copies)
			        set_.copies[i].serverSetId = SetId(reply.id);
	        });
}

Result<void> SetMaker::addAll()
{
	size_t most = 0;
	for (const ServerSide &side : sides_)
		most = std::max(most, side.copies.size());
	for (size_t turn = 0; turn < most; turn++) {
		if (auto going = notCancelled(); !going)
			return going;
		const auto request = [&](const ServerSide &side) -> std::optional<Request> {
			if (turn >= side.copies.size())
				return std::nullopt;
			const ShadowCopy &copy = set_.copies[side.copies[turn]];
			say(Phase::Add, side.host, copy.given);
			return Request{.method = FSS_ADD_TO_SHADOW_COPY_SET,
			               .set = side.made.id(),
			               .copy = copy.id.guid(),
			               .share = copy.wireName()};
		};
		auto added = callAll(sides_, request, callDeadline(), parts_.cancellation,
		                     [&](ServerSide &side, const Reply &reply) {
			                     set_.copies[side.copies[turn]].serverCopyId =
			                             CopyId(reply.id);
		                     });
		if (!added)
			return added;
	}
	return record(SetState::Making);
}

Result<void> SetMaker::prepare()
{
	say(Phase::Prepare);
	return everywhere({.method = FSS_PREPARE_SHADOW_COPY_SET,
	                   .number = milliseconds(spec_.budgets.prepare)},
	                  callDeadline());
}

// The writers are thawed before anything else happens, whatever the commit
// came to.
Result<void> SetMaker::commit()
{
	auto writers = parts_.writers(spec_);
	if (!writers)
		return failed(writers.error());
	writers_ = std::move(*writers);
	if (!spec_.writers.empty())
		say(Phase::Freeze);
	if (auto frozen = writers_->freeze(parts_.cancellation); !frozen)
		return frozen;

	auto committed = notCancelled();
	if (committed) {
		say(Phase::Commit);
		const Deadline deadline =
		        std::min({callDeadline(), in(spec_.budgets.commit + slack),
		                  writers_->frozenUntil()});
		committed = everywhere({.method = FSS_COMMIT_SHADOW_COPY_SET,
		                        .number = milliseconds(spec_.budgets.commit)},
		                       deadline);
	}
	if (!spec_.writers.empty())
		say(Phase::Thaw);
	auto thawed = writers_->thaw();
	return committed ? thawed : committed;
}

Result<void> SetMaker::expose()
{
	say(Phase::Expose);
	return everywhere({.method = FSS_EXPOSE_SHADOW_COPY_SET,
	                   .number = milliseconds(spec_.budgets.expose)},
	                  callDeadline());
}

Result<void> SetMaker::readMappings()
{
	for (ServerSide &side : sides_)
		for (size_t i : side.copies) {
			ShadowCopy &copy = set_.copies[i];
			auto mapping = callOne(side,
			                       {.method = FSS_GET_SHARE_MAPPING,
			                        .set = side.made.id(),
			                        .copy = copy.serverCopyId.guid(),
			                        .share = copy.wireName()},
			                       copy.given, callDeadline(), parts_.cancellation);
			if (!mapping)
				return failed(mapping.error());
			copy.exposedName = mapping->name;
			copy.created = mapping->created;
		}
	return record(SetState::Exposed);
}

Result<void> SetMaker::complete()
{
	if (spec_.completeLater)
		return {};
	say(Phase::Complete);
	if (auto done =
	            everywhere({.method = FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET}, callDeadline());
	    !done)
		return done;
	return record(SetState::Recovered);
}

// --------------------------------------------------------------------- undo --

Failure SetMaker::undo(Failure failure)
{
	if (writers_)
		if (auto thawed = writers_->thaw(); !thawed)
			failure.reason += "; " + thawed.error().reason;
	if (std::ranges::any_of(sides_, [](const ServerSide &side) { return side.made.exists(); }))
		say(Phase::Abort);
	ShadowSet left = set_;
	left.state = SetState::Making;
	left.copies.clear();
	for (ServerSide &side : sides_) {
		auto taken = takeBackSide(side, parts_.connector);
		if (taken)
			continue;
		failure.leftBehind += fmt::format(
		        "{}set {} on {} ({}: {}); smbshadow goes on trying for a while, and the "
		        "server removes it by itself within 30 minutes",
		        failure.leftBehind.empty() ? "" : "; ", braced(SetId(side.made.id())),
		        side.host, taken.error().step, taken.error().reason);
		for (size_t i : side.copies)
			left.copies.push_back(set_.copies[i]);
	}
	if (recorded_) {
		auto noted = left.copies.empty() ? parts_.catalog.remove(set_.id)
		                                 : parts_.catalog.put(left);
		if (!noted)
			failure.reason += "; " + noted.error().text();
	}
	return failure;
}

// ------------------------------------------------------------------ helpers --

Result<void> SetMaker::record(SetState state)
{
	set_.state = state;
	auto stored = parts_.catalog.put(set_);
	recorded_ = recorded_ || stored;
	return stored;
}

Request SetMaker::on(const ServerSide &side, Request request) const
{
	request.set = side.made.id();
	return request;
}

Result<void> SetMaker::everywhere(const Request &request, Deadline deadline)
{
	return callAll(
	        sides_, [&](const ServerSide &side) { return on(side, request); }, deadline,
	        parts_.cancellation);
}

Deadline SetMaker::callDeadline() const
{
	return in(spec_.budgets.call + slack);
}

Result<void> SetMaker::notCancelled() const
{
	if (!parts_.cancellation.requested())
		return {};
	return failed(
	        {.kind = FailureKind::Cancelled, .step = "make a set", .reason = "interrupted"});
}

void SetMaker::say(Phase phase, const std::string &server, const std::string &detail) const
{
	if (parts_.progress)
		parts_.progress({phase, server, detail});
}

} // namespace fss::requester
