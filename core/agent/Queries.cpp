// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"
#include "protocol/Names.h"
#include "publish/ModuleList.h"
#include "publish/ShareDefinition.h"
#include "publish/StreamsDepot.h"

#include <fmt/format.h>

namespace fss {

namespace {

constexpr uint32_t protocolVersion = 1; // MS-FSRVP 1.7

} // namespace

Result<Answer> Agent::supportedVersion() const
{
	Answer answer;
	answer.minVersion = protocolVersion;
	answer.maxVersion = protocolVersion;
	return answer;
}

/// A UNC that names this server. Its host is compared with names, and nothing
/// else is ever done with it.
Result<Unc> Agent::ownUnc(const fss_request &request) const
{
	auto unc = Unc::parse(std::span(reinterpret_cast<const char16_t *>(request.name),
	                                request.name == nullptr ? 0 : request.name_units));
	if (!unc)
		return unc;
	if (isOwnName(unc->host, host_.serverNames()) ||
	    isOwnName(unc->host, options_.serverNames()))
		return unc;
	return fail(HResult::InvalidArg,
	            fmt::format("'{}' is not a name of this server", unc->host), 0,
	            "add it to fss:server names if it is");
}

/// The share that a request names, as a tree connect of the caller would find it.
Result<Agent::NamedShare> Agent::namedShare(const Caller &caller, const fss_request &request) const
{
	auto unc = ownUnc(request);
	if (!unc)
		return tl::unexpected(unc.error());
	auto share = host_.findShare(unc->share, caller.session);
	if (!share)
		return tl::unexpected(share.error());
	if (!share->available)
		return fail(HResult::ObjectNotFound,
		            fmt::format("share {} is not available", unc->share));
	return NamedShare{*unc, *share};
}

InspectOptions Agent::inspectOptions(const ShareInfo &share) const
{
	return options_.inspection(share);
}

Result<Viewpoint> Agent::viewpointOf(const std::string &share) const
{
	const auto read = [this](const std::string &file, const std::string &of) {
		return host_.configuration(file, of);
	};
	const auto viewpoint = checkViewpoint(share, read);
	if (auto sound = host_.checkSecurity(share); viewpoint && !sound)
		return tl::unexpected(sound.error());
	return viewpoint;
}

Result<void> Agent::checkSnapshotHolds(const ShareInfo &share, const Location &location) const
{
	auto readable = checkReadable(share.name, share.vfsObjects);
	if (!readable || !usesModule(share.vfsObjects, depotModule))
		return readable;
	return resolvedDefinition(share.name).and_then([&](const auto &definition) {
		return checkReadable(share.name, definition,
		                     directoryOf(location.volume, location.relativePath));
	});
}

template <class T>
void Agent::runFor(const CallPtr &call, std::function<Result<T>()> work,
                   std::function<void(const Result<T> &)> then)
{
	run<T>(std::move(work), [this, call, then = std::move(then)](const Result<T> &result) {
		if (call->abandoned()) // nothing has begun yet, and nothing shall
			return;
		try {
			then(result);
		} catch (const std::exception &thrown) {
			survive(call, thrown);
		}
	});
}

void Agent::inspect(const CallPtr &call, const ShareInfo &share, const InspectOptions &options,
                    const Located &then)
{
	const auto look = [this, path = share.path, options] {
		return provider_.inspect(path, options);
	};
	if (options.provider != ProviderChoice::Vfs)
		return then(look());
	runFor<Location>(call, look, then);
}

void Agent::askGuard(const CallPtr &call, const ShareInfo &share,
                     const std::function<void(const Result<void> &)> &then)
{
	if (!share.guarded)
		return then({});
	const auto &caller = call->caller();
	const GuardQuestion question{share.name, share.path, caller.user, caller.address};
	runFor<void>(
	        call, [this, question] { return guard_.ask(question); }, then);
}

void Agent::locate(const CallPtr &call, const ShareInfo &share, const Located &then)
{
	// Other modules may make snapshots: that costs a process to find out.
	if (!share.usesModule() && !share.usesOnlyOthers())
		return then(fail(HResult::NotSupported,
		                 fmt::format("share {} does not take part", share.name), 0,
		                 fmt::format("add fss to vfs objects of [{}]", share.name)));
	if (!host_.registryShares())
		return then(fail(HResult::NotSupported, "exposed shares would not be found", 0,
		                 "set registry shares = yes in [global]"));
	if (auto viewpoint = viewpointOf(share.name); !viewpoint)
		return then(tl::unexpected(viewpoint.error()));
	askGuard(call, share, [this, call, share, then](const Result<void> &admitted) {
		if (!admitted)
			return then(tl::unexpected(admitted.error()));
		inspect(call, share, inspectOptions(share),
		        [this, share, then](const auto &location) {
			        if (location)
				        return then(checkSnapshotHolds(share, *location).map([&] {
					        return *location;
				        }));
			        auto error = location.error();
			        error.step = fmt::format("share {}: {}", share.name, error.step);
			        then(tl::unexpected(error));
		        });
	});
}

/// OwnerMachineName: a name of this very machine that the client can reach. A
/// DNS name or address of it has served the client already; an alias may move
/// to another machine.
std::string Agent::ownerName(const Unc &unc) const
{
	if (auto configured = options_.ownerName())
		return *configured;
	const auto names = host_.serverNames();
	const bool specific = unc.host.find_first_of(".:") != std::string::npos;
	if (specific && isOwnName(unc.host, names))
		return unc.host;
	return names.empty() ? unc.host : names.front();
}

void Agent::isPathSupported(const CallPtr &call, const fss_request &request)
{
	const auto named = namedShare(call->caller(), request);
	if (!named)
		return refuse(call, named.error());
	locate(call, named->share, [this, call, unc = named->unc](const auto &location) {
		conclude(call, location.map([&](auto &) {
			Answer answer;
			answer.supported = true;
			answer.owner = ownerName(unc);
			return answer;
		}));
	});
}

void Agent::isPathShadowCopied(const CallPtr &call, const fss_request &request)
{
	const auto named = namedShare(call->caller(), request);
	if (!named)
		return refuse(call, named.error());
	auto options = inspectOptions(named->share);
	options.nested = NestedPolicy::Ignore;
	inspect(call, named->share, options, [this, call](const auto &location) {
		Answer answer;
		// What cannot have a shadow copy has none. Or it cannot be asked now.
		if (!location) {
			host_.notice(fmt::format("{}: no shadow copy is known, as {}",
			                         name(call->method()), location.error().text()));
			return conclude(call, answer);
		}
		conclude(call, transact([&](Transaction &transaction) -> Result<Answer> {
			         auto use = transaction.use(location->volume.id);
			         if (!use)
				         return tl::unexpected(use.error());
			         answer.present = use->shadowed > 0;
			         // Neither defragmentation nor indexing harms a snapshot.
			         answer.compatibility = 0;
			         return answer;
		         }));
	});
}

Result<Answer> Agent::shareMapping(const fss_request &request)
{
	const SetId id{Guid(request.set_id)};
	const CopyId copyId{Guid(request.copy_id)};
	if (request.level != 1)
		return fail(HResult::InvalidArg, fmt::format("level {} is unknown", request.level));
	auto unc = ownUnc(request);
	if (!unc)
		return tl::unexpected(unc.error());
	return transact([&](Transaction &transaction) -> Result<Answer> {
		auto set = lookup(transaction, id);
		if (!set)
			return tl::unexpected(set.error());
		const bool recovered = set->status == Status::Recovered;
		if (recovered &&
		    answerTo(Situation::MappingOfRecovered, options_.dialect()) != HResult::Ok)
			return badState(*set);
		if (!recovered && set->status != Status::Exposed)
			return badState(*set);
		if (!recovered)
			startTimer(transaction, id, longTimer);
		auto *copy = set->findCopy(copyId);
		if (copy == nullptr)
			return fail(HResult::InvalidArg,
			            fmt::format("shadow copy {} is not in the set", copyId.text()));
		auto *mapping = ShadowCopySet::findMapping(*copy, unc->share);
		if (mapping == nullptr)
			return fail(HResult::InvalidArg,
			            fmt::format("shadow copy {} maps no share {}", copyId.text(),
			                        unc->share));
		Answer answer;
		answer.set = id;
		answer.copy = copyId;
		answer.shareNameUnc = mapping->unc;
		if (mapping->exposed)
			answer.exposedName = mapping->exposedName;
		answer.created = copy->created;
		return answer;
	});
}

} // namespace fss
