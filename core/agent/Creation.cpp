// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"
#include "protocol/Names.h"

#include <fmt/format.h>

namespace fss {

namespace {

// VSS: at most so many volumes, for file shares so many shares, in one set.
constexpr size_t maximumShares = 64;

std::vector<CopyId> copyIds(const ShadowCopySet &set)
{
	std::vector<CopyId> ids;
	for (const auto &copy : set.copies)
		ids.push_back(copy.id);
	return ids;
}

double milliseconds(std::chrono::microseconds time)
{
	return static_cast<double>(time.count()) / 1000;
}

} // namespace

// ------------------------------------------------- AddToShadowCopySet, 3.1.4.4

Result<Agent::Addition> Agent::examine(const SetId &set, const NamedShare &named,
                                       const Result<Location> &location)
{
	const auto &[unc, share] = named;
	if (!location)
		return tl::unexpected(location.error());
	if (auto room = provider_.checkRoom(location->volume, options_.minimumFree(share.name));
	    !room)
		return tl::unexpected(room.error());
	return Addition{set, unc, share, *location};
}

void Agent::add(const CallPtr &call, const fss_request &request)
{
	// The share is looked at before the set, as the protocol orders it.
	const SetId id{Guid(request.set_id)};
	const auto named = namedShare(call->caller(), request);
	if (!named)
		return refuse(call, named.error(), id);
	locate(call, named->share, [this, call, named = *named, id](const auto &location) {
		const auto addition = examine(id, named, location);
		if (!addition)
			return refuse(call, addition.error(), {id, named.share.name});
		addExamined(call, *addition);
	});
}

void Agent::addExamined(const CallPtr &call, const Addition &addition)
{
	bool wait = false;
	auto result = transact([&](Transaction &transaction) -> Result<Answer> {
		auto set = lookup(transaction, addition.set);
		if (!set)
			return tl::unexpected(set.error());
		if (set->status != Status::Started && set->status != Status::Added)
			return badState(*set);
		if ((wait = busy(*set)))
			return Answer();
		auto room = checkRoom(transaction, *set, addition);
		if (!room) {
			startTimer(transaction, set->id, shortTimer);
			return tl::unexpected(room.error());
		}
		return addMapping(transaction, *set, addition);
	});
	if (wait)
		return retryWhenFree(addition.set, call,
		                     [this, call, addition] { addExamined(call, addition); });
	conclude(call, result, {addition.set, addition.share.name});
}

Result<Answer> Agent::addMapping(Transaction &transaction, ShadowCopySet &set,
                                 const Addition &addition)
{
	const auto &[id, unc, share, location] = addition;
	auto *copy = set.findVolume(location.volume.id);
	if (copy == nullptr) {
		copy = &set.copies.emplace_back();
		copy->id = CopyId::random();
		copy->volume = location.volume;
		copy->created = clock_.fileTime();
	}
	ShareMapping mapping;
	mapping.unc = unc.given;
	mapping.share = share.name;
	mapping.exposedName = exposedName(unc, share.name, copy->id);
	mapping.relativePath = location.relativePath;
	copy->mappings.push_back(mapping);
	set.status = Status::Added;
	set.onDisk = false;
	startTimer(transaction, id, longTimer);
	if (auto compared = compareVolume(transaction, addition); !compared)
		return tl::unexpected(compared.error());
	if (auto saved = transaction.save(set); !saved)
		return tl::unexpected(saved.error());
	if (!location.leftOut.empty())
		host_.warning(
		        fmt::format("share {}: '{}' is left out of its shadow copy (fss:nested = "
		                    "ignore)",
		                    share.name, location.leftOut));
	if (!location.passedOver.empty())
		host_.warning(fmt::format("share {}: fss:provider = auto does without: {}",
		                          share.name, location.passedOver));
	Answer answer;
	answer.copy = copy->id;
	return answer;
}

Result<void> Agent::compareVolume(Transaction &transaction, const Addition &addition)
{
	const auto &volume = addition.location.volume;
	return transaction.lastVolume(addition.share.name).map([&](const auto &last) {
		if (last && last->differsFrom(volume.id))
			host_.warning(fmt::format(
			        "share {}: '{}' is another volume than that of its last shadow "
			        "copy (was '{}'): is the right disk mounted?",
			        addition.share.name, volume.root, last->root));
	});
}

Result<void> Agent::noteVolumes(Transaction &transaction, const ShadowCopySet &set)
{
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (auto noted = transaction.noteVolume(mapping.share,
			                                        {copy.volume.id, copy.volume.root});
			    !noted)
				return noted;
	return {};
}

Result<void> Agent::checkRoom(Transaction &transaction, const ShadowCopySet &set,
                              const Addition &addition)
{
	const auto &[id, unc, share, location] = addition;
	bool volumeKnown = false;
	for (const auto &copy : set.copies) {
		for (const auto &mapping : copy.mappings)
			if (sameName(mapping.share, share.name))
				return fail(
				        HResult::ObjectAlreadyExists,
				        fmt::format("share {} is in the set already", share.name));
		volumeKnown = volumeKnown || copy.volume.id == location.volume.id;
	}
	if (set.mappingCount() >= maximumShares)
		return fail(
		        HResult::MaximumVolumes,
		        fmt::format("the set has {} shares, which is the limit", maximumShares));
	if (volumeKnown)
		return {};
	auto use = transaction.use(location.volume.id);
	if (!use)
		return tl::unexpected(use.error());
	const auto limit = options_.maxShadowCopies(share.name);
	if (use->copies >= limit)
		return fail(HResult::MaximumSnapshots,
		            fmt::format("volume '{}' has {} shadow copies", location.volume.root,
		                        use->copies),
		            0, "delete some, or raise fss:max shadow copies");
	return {};
}

std::vector<SnapshotRequest> Agent::requestsOf(const ShadowCopySet &set) const
{
	std::vector<SnapshotRequest> requests;
	for (const auto &copy : set.copies) {
		SnapshotRequest request;
		request.set = set.id;
		request.id = copy.id;
		request.volume = copy.volume;
		request.created = copy.created;
		request.writable = set.context.autoRecovery();
		for (const auto &mapping : copy.mappings) {
			request.exposedPaths.push_back(mapping.relativePath);
			request.minimumFree = options_.minimumFree(mapping.share);
			const auto nested = options_.nested(mapping.share);
			if (nested != NestedPolicy::Ignore)
				request.completePaths.push_back(mapping.relativePath);
			if (nested == NestedPolicy::Include)
				request.nested = NestedPolicy::Include;
		}
		requests.push_back(std::move(request));
	}
	return requests;
}

// ---------------------------------------------- PrepareShadowCopySet, 3.1.4.13

void Agent::prepare(const CallPtr &call, const SetId &id, uint32_t timeoutMs)
{
	bool wait = false;
	auto set = transact([&](Transaction &transaction) -> Result<ShadowCopySet> {
		auto found = lookup(transaction, id);
		if (!found)
			return found;
		if (found->status != Status::Added)
			return badState(*found);
		if ((wait = busy(*found)))
			return found;
		stopTimer(transaction, id);
		beginJob(*found, Job::Kind::Prepare);
		found->onDisk = true;
		if (auto saved = transaction.save(*found); !saved)
			return tl::unexpected(saved.error());
		return found;
	});
	if (!set)
		return refuse(call, set.error(), id);
	if (wait)
		return retryWhenFree(id, call,
		                     [this, call, id, timeoutMs] { prepare(call, id, timeoutMs); });

	runJob<Batch>(
	        id, [this, requests = requestsOf(*set)] { return prepareSnapshots(requests); },
	        [this, id, call](const auto &batch) { finishPrepare(id, call, batch); });
	// The client hears in its time; the flushing goes on and is of use.
	await({id, call, clock_.sinceBoot() + std::chrono::milliseconds(timeoutMs),
	       [call] { return call->answered(); },
	       [this, id, call] {
		       auto restarted = transact([&](Transaction &transaction) -> Result<void> {
			       startTimer(transaction, id, shortTimer);
			       return {};
		       });
		       refuse(call,
		              Error{HResult::WaitTimeout,
		                    restarted ? "preparation takes longer than the client waits"
		                              : restarted.error().text(),
		                    0, ""});
	       }});
}

Result<Agent::Batch> Agent::prepareSnapshots(const std::vector<SnapshotRequest> &requests) const
{
	for (const auto &request : requests)
		if (auto room = provider_.awaitRoom(request.volume, request.minimumFree); !room)
			return tl::unexpected(room.error());
	auto batch = beginBatch(provider_, requests);
	if (!batch)
		return tl::unexpected(batch.error());
	if (auto flushed = (*batch)->flush(); !flushed)
		return tl::unexpected(flushed.error());
	return Batch(std::move(*batch));
}

void Agent::finishPrepare(const SetId &id, const CallPtr &call, const Result<Batch> &result)
{
	std::vector<CopyId> prepared;
	size_t mappings = 0;
	auto recorded = recordEnd(id, [&](Transaction &transaction, ShadowCopySet &set) {
		prepared = copyIds(set);
		mappings = set.mappingCount();
		// Unless the client was told to wait no more: its timer runs already.
		const auto *session = transaction.state().sessionOf(id);
		if (session != nullptr && !session->deadline)
			startTimer(transaction, id, result ? longTimer : shortTimer);
	});
	if (recorded && result)
		prepared_.push_back({id, std::move(prepared), mappings, *result});
	if (!call->answered()) {
		auto outcome = recorded.and_then([&] { return result; });
		conclude(call, outcome.map([](auto &) { return Answer(); }), id);
	}
	checkWaiters(id);
}

Agent::Batch Agent::takePrepared(const ShadowCopySet &set)
{
	Batch batch; // unless a share was added since
	std::erase_if(prepared_, [&](const Prepared &each) {
		const bool current =
		        each.copies == copyIds(set) && each.mappings == set.mappingCount();
		if (each.set == set.id)
			batch = current ? each.batch : nullptr;
		return each.set == set.id;
	});
	return batch;
}

// ----------------------------------------------- CommitShadowCopySet, 3.1.4.5

void Agent::commit(const CallPtr &call, const SetId &id, uint32_t timeoutMs)
{
	bool wait = false;
	std::optional<ShadowCopySet> toStart;
	auto checked = transact([&](Transaction &transaction) -> Result<void> {
		auto set = lookup(transaction, id);
		if (!set)
			return tl::unexpected(set.error());
		if (set->status == Status::CreationInProgress)
			return {};
		if (set->status != Status::Added)
			return badState(*set);
		if ((wait = busy(*set)))
			return {};
		stopTimer(transaction, id);
		set->status = Status::CreationInProgress;
		beginJob(*set, Job::Kind::Commit);
		set->onDisk = true;
		toStart = *set;
		return transaction.save(*set);
	});
	if (!checked)
		return refuse(call, checked.error(), id);
	if (wait)
		return retryWhenFree(id, call,
		                     [this, call, id, timeoutMs] { commit(call, id, timeoutMs); });
	if (toStart)
		startCommit(*toStart, call->caller());
	awaitCommit(call, id, timeoutMs);
}

std::vector<GuardQuestion> Agent::guardsOf(const ShadowCopySet &set, const Caller &caller)
{
	std::vector<GuardQuestion> questions;
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			// One that is gone is missed at Expose.
			if (auto share = host_.findShare(mapping.share, nullptr);
			    share && share->guarded)
				questions.push_back(
				        {share->name, share->path, caller.user, caller.address});
	return questions;
}

void Agent::startCommit(const ShadowCopySet &set, const Caller &caller)
{
	const InstantOptions options{options_.holdTimeout(), options_.requireOneTransaction()};
	runJob<Instant>(
	        set.id,
	        [this, options, requests = requestsOf(set), batch = takePrepared(set),
	         guards = guardsOf(set, caller)]() -> Result<Instant> {
		        for (const auto &guard : guards)
			        if (auto admitted = guard_.ask(guard); !admitted)
				        return tl::unexpected(admitted.error());
		        return takeInstant(provider_, gate_, requests, batch, options);
	        },
	        [this, id = set.id](const auto &instant) { finishCommit(id, instant); });
}

void Agent::finishCommit(const SetId &id, const Result<Instant> &instant)
{
	if (instant) {
		pending_.commits++;
		pending_.snapshots += instant->snapshots.size();
		pending_.hold.observe(instant->held);
		pending_.flush.observe(instant->flushed);
	} else {
		pending_.failedCommits++;
	}
	auto recorded = recordEnd(id, [&](Transaction &transaction, ShadowCopySet &set) {
		startTimer(transaction, id, shortTimer);
		if (!instant) {
			set.status = Status::Added;
			return;
		}
		const auto &snapshots = instant->snapshots;
		for (size_t i = 0; i < set.copies.size() && i < snapshots.size(); i++) {
			set.copies[i].snapshotUuid = snapshots[i].uuid;
			set.copies[i].transaction = snapshots[i].transaction;
			set.copies[i].path = snapshots[i].path;
			if (snapshots[i].created != 0)
				set.copies[i].created = snapshots[i].created;
			set.copies[i].taken = clock_.fileTime();
		}
		set.singleInstant = instant->single;
		set.committed = true;
	});
	auto outcome = recorded.and_then([&] { return instant; });
	if (outcome) {
		host_.notice(fmt::format(
		        "shadow copy set {}: {} snapshot(s){}, flushed in {:.1f} ms, writers "
		        "held for {:.1f} ms",
		        id.text(), instant->snapshots.size(),
		        instant->single ? ", each file system's in one transaction" : "",
		        milliseconds(instant->flushed), milliseconds(instant->held)));
		for (const auto &nested : instant->leftOut)
			host_.warning(
			        fmt::format("shadow copy set {}: '{}' is left out (fss:nested "
			                    "= ignore)",
			                    id.text(), nested));
	} else {
		// Every call that waits for this result gets it.
		for (auto &waiter : waiters_)
			if (waiter.set == id &&
			    waiter.call->method() == FSS_COMMIT_SHADOW_COPY_SET &&
			    !waiter.call->answered())
				refuse(waiter.call, outcome.error(), id);
	}
	checkWaiters(id);
}

Result<void> Agent::collectCommit(Transaction &transaction, ShadowCopySet &set)
{
	set.status = Status::Committed;
	set.committed = false;
	if (auto noted = noteVolumes(transaction, set); !noted)
		return noted;
	startTimer(transaction, set.id, shortTimer);
	return transaction.save(set);
}

void Agent::awaitCommit(const CallPtr &call, const SetId &id, uint32_t timeoutMs)
{
	const auto check = [this, call, id] {
		if (call->answered())
			return true;
		bool ready = false;
		std::string shares;
		auto looked = transact([&](Transaction &transaction) -> Result<void> {
			auto set = lookup(transaction, id);
			if (!set)
				return tl::unexpected(set.error());
			shares = set->shareList();
			if (set->status == Status::CreationInProgress && !set->committed)
				return {};
			ready = true;
			if (set->committed)
				return collectCommit(transaction, *set);
			if (set->status == Status::Committed)
				return {};
			return fail(HResult::Fail, "the shadow copies could not be made");
		});
		if (!looked) {
			refuse(call, looked.error(), id);
			return true;
		}
		if (ready)
			conclude(call, Answer(), {id, shares});
		return ready;
	};
	const auto expire = [this, call, id] {
		auto restarted = transact([&](Transaction &transaction) -> Result<void> {
			startTimer(transaction, id, shortTimer);
			return {};
		});
		refuse(call,
		       Error{HResult::CommitTimeout,
		             restarted
		                     ? "making the shadow copies takes longer than the client waits"
		                     : restarted.error().text(),
		             0, ""},
		       id);
	};
	await({id, call, clock_.sinceBoot() + std::chrono::milliseconds(timeoutMs), check, expire});
}

} // namespace fss
