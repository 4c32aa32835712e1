// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <fmt/format.h>

namespace fss {

namespace {

bool hasNilSet(const fss_request &request)
{
	switch (request.method) {
	case FSS_GET_SUPPORTED_VERSION:
	case FSS_SET_CONTEXT:
	case FSS_IS_PATH_SUPPORTED:
	case FSS_IS_PATH_SHADOW_COPIED:
		return false;
	default:
		return Guid(request.set_id).isNil();
	}
}

bool hasNilCopy(const fss_request &request)
{
	return (request.method == FSS_GET_SHARE_MAPPING ||
	        request.method == FSS_DELETE_SHARE_MAPPING) &&
	       Guid(request.copy_id).isNil();
}

} // namespace

Agent::Agent(const Surroundings &s)
        : host_(s.host),
          publisher_(s.publisher),
          provider_(s.provider),
          gate_(s.gate),
          executor_(s.executor),
          clock_(s.clock),
          foreign_(s.foreign),
          guard_(s.guard),
          journal_(s.store, s.host),
          options_(s.host),
          self_(Owner::self()),
          glance_(clock_.sinceBoot() + glanceInterval)
{
}

Agent::~Agent()
{
	executor_.wakeAt(std::nullopt);
	for (auto &waiter : waiters_)
		waiter.call->abandon();
	announceShares();
	auto left = caught([this]() -> Result<void> {
		auto transaction = journal_.begin();
		if (!transaction)
			return tl::unexpected(transaction.error());
		std::erase(transaction->state().workers, self_);
		transaction->toDisk();
		return transaction->commit();
	});
	if (!left) // whoever opens the store next sees that this process is gone
		host_.warning(left.error().text());
}

void Agent::call(const CallPtr &call, const fss_request &request)
{
	// Before any argument is looked at, and alike whatever it says.
	if (auto allowed = authorise(call->caller()); !allowed)
		return turnAway(call, allowed.error());
	if (hasNilSet(request) || hasNilCopy(request)) {
		refuse(call, Error{HResult::InvalidArg, "a GUID is zero", 0, ""});
		return;
	}
	try {
		dispatch(call, request);
	} catch (const std::exception &thrown) {
		survive(call, thrown);
	}
}

void Agent::dispatch(const CallPtr &call, const fss_request &request)
{
	const auto &caller = call->caller();
	const SetId set{Guid(request.set_id)};
	switch (request.method) {
	case FSS_GET_SUPPORTED_VERSION:
		return conclude(call, supportedVersion());
	case FSS_SET_CONTEXT:
		return conclude(call, setContext(caller, request.context));
	case FSS_START_SHADOW_COPY_SET: {
		const auto started = startSet(caller, set);
		return conclude(call, started, started ? Subject(started->set) : Subject());
	}
	case FSS_ADD_TO_SHADOW_COPY_SET:
		return add(call, request);
	case FSS_PREPARE_SHADOW_COPY_SET:
		return prepare(call, set, request.timeout_ms);
	case FSS_COMMIT_SHADOW_COPY_SET:
		return commit(call, set, request.timeout_ms);
	case FSS_EXPOSE_SHADOW_COPY_SET:
		return conclude(call, expose(set, request.timeout_ms), set);
	case FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET:
		return recoveryComplete(call, set);
	case FSS_ABORT_SHADOW_COPY_SET:
		return abort(call, set);
	case FSS_IS_PATH_SUPPORTED:
		return isPathSupported(call, request);
	case FSS_IS_PATH_SHADOW_COPIED:
		return isPathShadowCopied(call, request);
	case FSS_GET_SHARE_MAPPING:
		return conclude(call, shareMapping(request));
	case FSS_DELETE_SHARE_MAPPING:
		return deleteMapping(call, request);
	}
	refuse(call, Error{HResult::InvalidArg, "unknown method", 0, ""});
}

Result<void> Agent::authorise(const Caller &caller) const
{
	if (!caller.permitted)
		return fail(
		        HResult::AccessDenied,
		        "the account is in neither Administrators nor Backup Operators and lacks "
		        "SeBackupPrivilege",
		        0,
		        fmt::format("to let it in: net sam addmem 'BUILTIN\\Backup Operators' "
		                    "'{}'",
		                    caller.account));
	if (caller.protection < FSS_PROTECTION_INTEGRITY)
		return fail(HResult::AccessDenied, "the client's RPC connection is not signed", 0,
		            "the client has to ask for packet integrity or privacy (rpcclient: "
		            "'ncacn_np:SERVER[sign]'), MS-FSRVP 3.1.4");
	if (options_.requirePrivacy() && caller.protection < FSS_PROTECTION_PRIVACY)
		return fail(HResult::AccessDenied, "the client's RPC connection is not encrypted",
		            0,
		            "the client has to ask for packet privacy, or fss:require privacy has "
		            "to be no");
	return {};
}

void Agent::afterCommit()
{
	// An action may start transactions of its own, and so come here again.
	while (!afterCommit_.empty()) {
		auto action = std::move(afterCommit_.front());
		afterCommit_.pop_front();
		try {
			action();
		} catch (const std::exception &thrown) {
			host_.error(thrown.what());
			survive();
		}
	}
}

void Agent::survive(const CallPtr &call, const std::exception &thrown)
{
	refuse(call, Error{HResult::Fail, thrown.what(), 0, ""});
	survive();
}

void Agent::survive()
{
	jobs_.loseBegun();
	plan();
}

void Agent::beginJob(ShadowCopySet &set, Job::Kind kind)
{
	set.job = Job{kind, self_};
	jobs_.begin(set.id);
}

void Agent::endJob(ShadowCopySet &set)
{
	set.job.reset();
	jobs_.end(set.id);
}

Result<void> Agent::recordEnd(const SetId &id,
                              const std::function<void(Transaction &, ShadowCopySet &)> &change)
{
	auto recorded = transact([&](Transaction &transaction) -> Result<void> {
		auto set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set)
			return unknownSet(id);
		endJob(**set);
		change(transaction, **set);
		if ((*set)->undoing)
			return beginUndo(transaction, **set, "");
		if (!(*set)->copies.empty())
			return transaction.save(**set);
		// The protocol does not say so, but nothing is left to be recovered.
		dropSession(transaction.state(), id);
		return transaction.erase(id);
	});
	if (!recorded)
		endUnrecorded(id);
	return recorded;
}

tl::unexpected<Error> Agent::unknownSet(const SetId &id, std::optional<HResult> code) const
{
	return fail(code.value_or(answerTo(Situation::UnknownSet, options_.dialect())),
	            fmt::format("shadow copy set {} is not known", id.text()));
}

tl::unexpected<Error> Agent::badState(const ShadowCopySet &set) const
{
	return fail(HResult::BadState,
	            fmt::format("shadow copy set {} is {}", set.id.text(), name(set.status)));
}

Result<ShadowCopySet> Agent::lookup(Transaction &transaction, const SetId &id,
                                    std::optional<HResult> unknown)
{
	auto set = transaction.find(id);
	if (!set)
		return tl::unexpected(set.error());
	if (*set && (*set)->job && !isWorkedOn(**set)) {
		if (auto recovered = recoverSet(transaction, **set); !recovered)
			return tl::unexpected(recovered.error());
		set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
	}
	if (!*set || (*set)->undoing)
		return unknownSet(id, unknown);
	return **set;
}

SnapshotRef Agent::refOf(const ShadowCopy &copy)
{
	return {copy.id, copy.volume, copy.snapshotUuid, copy.path};
}

} // namespace fss
