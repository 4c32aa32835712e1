// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

namespace {

// Shares are published by Expose; but after a power failure it is not known
// how far a set had come, only that it was begun.
bool mayBePublished(const ShadowCopySet &set)
{
	return set.onDisk || set.status >= Status::Committed;
}

std::string deletedShares(const ShadowCopySet &set)
{
	std::string shares;
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (mapping.deleting)
				shares += (shares.empty() ? "" : ", ") + mapping.share;
	return shares;
}

} // namespace

Result<void> Agent::unpublish(const ShadowCopySet &set, bool deletingOnly)
{
	if (!mayBePublished(set))
		return {};
	auto gone = publisher_.unpublish(set.exposedNames(deletingOnly));
	if (gone)
		sharesChanged();
	return gone;
}

// ------------------------------------------------- AbortShadowCopySet, 3.1.4.8

void Agent::abort(const CallPtr &call, const SetId &id)
{
	bool wait = false;
	auto begun = transact([&](Transaction &transaction) -> Result<void> {
		auto set = lookup(transaction, id);
		if (!set)
			return tl::unexpected(set.error());
		// Microsoft's test suite wants this, and the set to live on.
		if (set->status == Status::Recovered)
			return badState(*set);
		if ((wait = busy(*set)))
			return {};
		dropSession(transaction.state(), id);
		return beginUndo(transaction, *set, "its client aborted it");
	});
	if (!begun)
		return refuse(call, begun.error(), id);
	if (wait)
		return retryWhenFree(id, call, [this, call, id] { abort(call, id); });
	awaitGone(call, id);
}

void Agent::awaitGone(const CallPtr &call, const SetId &id)
{
	const auto check = [this, call, id] {
		bool gone = false;
		bool failed = false;
		auto looked = transact([&](Transaction &transaction) -> Result<void> {
			auto set = transaction.find(id);
			gone = set && !*set;
			failed = set && *set && !(*set)->job;
			return {};
		});
		if (!looked)
			refuse(call, looked.error(), id);
		else if (gone)
			conclude(call, Answer(), id);
		else if (failed)
			refuse(call,
			       Error{HResult::Fail, "the set could not be removed yet", 0,
			             "see the line before; it is tried again with the next set"},
			       id);
		return call->answered();
	};
	await({id, call, std::nullopt, check, [] {}});
}

Result<void> Agent::beginUndo(Transaction &transaction, ShadowCopySet set, const std::string &why)
{
	if (!why.empty())
		host_.warning(fmt::format("shadow copy set {} ({}) is removed: {}", set.id.text(),
		                          set.shareList(), why));
	set.undoing = true;
	// A job under way ends first; it finds the mark and calls here again.
	if (!isWorkedOn(set) || set.job->kind == Job::Kind::Undo) {
		beginJob(set, Job::Kind::Undo);
		afterCommit_.push_back([this, set] { runUndo(set); });
	}
	return transaction.save(set);
}

void Agent::runUndo(const ShadowCopySet &set)
{
	if (auto hidden = unpublish(set, false); !hidden)
		return finishUndo(set.id, hidden);
	std::vector<SnapshotRef> snapshots;
	for (const auto &copy : set.copies)
		snapshots.push_back(refOf(copy));
	if (set.status < Status::Added)
		return finishUndo(set.id, {});
	runJob<void>(
	        set.id, [this, snapshots] { return provider_.destroy(snapshots); },
	        [this, id = set.id](const auto &result) { finishUndo(id, result); });
}

void Agent::postpone(const SetId &id)
{
	auto &entry = postponed_[id.text()];
	entry.pause = std::clamp<Clock::Duration>(entry.pause * 2, glanceInterval, longestPause);
	entry.until = clock_.sinceBoot() + entry.pause;
}

bool Agent::isPostponed(const SetId &id) const
{
	const auto found = postponed_.find(id.text());
	return found != postponed_.end() && clock_.sinceBoot() < found->second.until;
}

void Agent::finishUndo(const SetId &id, const Result<void> &result)
{
	if (result)
		postponed_.erase(id.text());
	else
		postpone(id);
	auto recorded = transact([&](Transaction &transaction) -> Result<void> {
		jobs_.end(id);
		auto set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set)
			return {}; // it was worked on twice
		if (result) {
			pending_.removedSets++;
			return transaction.erase(id);
		}
		(*set)->job.reset();
		return transaction.save(**set);
	});
	if (!recorded)
		endUnrecorded(id);
	if (auto outcome = recorded.and_then([&] { return result; }); !outcome)
		host_.error(fmt::format("shadow copy set {} could not be removed: {}", id.text(),
		                        outcome.error().text()));
	checkWaiters(id);
}

// ------------------------------------------------ DeleteShareMapping, 3.1.4.12

void Agent::deleteMapping(const CallPtr &call, const fss_request &request)
{
	auto unc = ownUnc(request);
	if (!unc)
		return refuse(call, unc.error());
	deleteMapping(call, SetId{Guid(request.set_id)}, CopyId{Guid(request.copy_id)}, unc->share);
}

void Agent::deleteMapping(const CallPtr &call, const SetId &id, const CopyId &copyId,
                          const std::string &share)
{
	bool wait = false;
	const Subject about(id, share);
	auto result = transact([&](Transaction &transaction) -> Result<ShadowCopySet> {
		// In every dialect: step 2 names this code.
		auto set = lookup(transaction, id, HResult::ObjectNotFound);
		if (!set)
			return set;
		auto &found = *set;
		if (found.status != Status::Exposed && found.status != Status::Recovered)
			return badState(found);
		if ((wait = busy(found)))
			return found;
		auto *copy = found.findCopy(copyId);
		if (copy == nullptr)
			return fail(answerTo(Situation::UnknownCopyInDelete, options_.dialect()),
			            fmt::format("shadow copy {} is not in the set", copyId.text()));
		auto *mapping = ShadowCopySet::findMapping(*copy, share);
		if (mapping == nullptr)
			return fail(HResult::ObjectNotFound,
			            fmt::format("shadow copy {} maps no share {}", copyId.text(),
			                        share));
		ShadowCopySet::markDeleting(*copy, *mapping);
		beginJob(found, Job::Kind::Delete);
		if (auto saved = transaction.save(found); !saved)
			return tl::unexpected(saved.error());
		return found;
	});
	if (!result)
		return refuse(call, result.error(), about);
	if (wait)
		return retryWhenFree(id, call, [this, call, id, copyId, share] {
			deleteMapping(call, id, copyId, share);
		});
	runDelete(*result, call);
}

// The share and the snapshot go at the same time: each takes a while to be gone
// for good.
void Agent::runDelete(const ShadowCopySet &set, const CallPtr &call)
{
	std::vector<SnapshotRef> snapshots;
	for (const auto &copy : set.copies)
		if (copy.deleting)
			snapshots.push_back(refOf(copy));
	if (snapshots.empty()) {
		const auto hidden = unpublish(set, true);
		// A client that has connected again, before its smbd knows, would
		// stay: the snapshot does.
		if (hidden)
			publisher_.disconnect(set.exposedNames(true));
		announceShares();
		return finishDelete(set.id, call, hidden);
	}
	struct Hiding {
		bool wanted = true;
		Result<void> result = fail(HResult::Fail, "take the shares away");
	};
	auto hiding = std::make_shared<Hiding>();
	runJob<void>(
	        set.id, [this, snapshots] { return provider_.destroy(snapshots); },
	        [this, id = set.id, call, hiding](const Result<void> &destroyed) {
		        hiding->wanted = false;
		        if (destroyed && !hiding->result)
			        return goOnDeleting(id, call, hiding->result);
		        finishDelete(id, call, destroyed);
	        });
	if (hiding->wanted)
		hiding->result = unpublish(set, true);
}

// Without its snapshot nothing can be as it was: the job stays on record, and is
// finished by recovery, or with the next client that asks for it. Those who wait
// get the error: each of them would have it tried again at once, without end.
void Agent::goOnDeleting(const SetId &id, const CallPtr &call, const Result<void> &hidden)
{
	retry_ = clock_.sinceBoot() + glanceInterval;
	endUnrecorded(id);
	for (auto &waiter : waiters_)
		if (waiter.set == id && !waiter.call->answered())
			refuse(waiter.call, hidden.error(), id);
	if (call)
		conclude(call, hidden.map([] { return Answer(); }), id);
	else
		host_.error(fmt::format("deletion in {}: {}", id.text(), hidden.error().text()));
	checkWaiters(id);
}

/// Deletes shadow copies whose snapshots are gone, as a client would.
Result<void> Agent::beginForgetting(Transaction &transaction, ShadowCopySet &set,
                                    const std::vector<CopyId> &gone)
{
	for (const auto &id : gone) {
		auto *copy = set.findCopy(id);
		if (copy == nullptr)
			continue;
		copy->deleting = true;
		for (auto &mapping : copy->mappings)
			mapping.deleting = true;
	}
	host_.error(fmt::format("shadow copy set {}: {} is removed, its snapshots are gone",
	                        set.id.text(), deletedShares(set)));
	beginJob(set, Job::Kind::Delete);
	afterCommit_.push_back([this, set] { runDelete(set, nullptr); });
	return transaction.save(set);
}

/// Takes back the mark of mappings that could not be deleted.
void Agent::restore(ShadowCopySet &set)
{
	for (auto &copy : set.copies) {
		copy.deleting = false;
		for (auto &mapping : copy.mappings) {
			if (!std::exchange(mapping.deleting, false))
				continue;
			mapping.exposed = publisher_.isPublished(mapping.exposedName);
		}
	}
}

void Agent::finishDelete(const SetId &id, const CallPtr &call, const Result<void> &result)
{
	std::string shares;
	ShadowCopySet left;
	auto recorded = recordEnd(id, [&](Transaction &, ShadowCopySet &set) {
		shares = deletedShares(set);
		// Where it failed, the client hears of it and may try again.
		result ? set.forgetDeleting() : restore(set);
		pending_.removedSets += set.copies.empty() ? 1 : 0;
		left = set;
	});
	auto outcome = recorded.and_then([&] { return result; });
	const Subject about(id, shares);
	if (call)
		conclude(call, outcome.map([] { return Answer(); }), about);
	else if (!outcome)
		host_.error(fmt::format("deletion in {} ({}): {}", id.text(), shares,
		                        outcome.error().text()));
	else if (!left.copies.empty()) // it was cut short: what else was is not known
		checkWorld({left});
	checkWaiters(id);
}

} // namespace fss
