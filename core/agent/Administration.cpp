// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include "protocol/Names.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

namespace {

// Marks the mappings that are named, or all. Errors: ObjectNotFound.
Result<void> mark(ShadowCopySet &set, const std::vector<Agent::MappingKey> &mappings)
{
	if (mappings.empty()) {
		for (auto &copy : set.copies)
			for (auto &mapping : copy.mappings)
				ShadowCopySet::markDeleting(copy, mapping);
		return {};
	}
	for (const auto &key : mappings) {
		auto *copy = set.findCopy(key.copy);
		auto *mapping =
		        copy != nullptr ? ShadowCopySet::findMapping(*copy, key.share) : nullptr;
		if (mapping == nullptr)
			return fail(HResult::ObjectNotFound,
			            fmt::format("shadow copy {} maps no share {}", key.copy.text(),
			                        key.share));
		ShadowCopySet::markDeleting(*copy, *mapping);
	}
	return {};
}

} // namespace

void Agent::remove(const CallPtr &call, const SetId &id)
{
	bool wait = false;
	std::string shares;
	auto begun = transact([&](Transaction &transaction) -> Result<void> {
		auto set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set)
			return unknownSet(id, HResult::ObjectNotFound);
		shares = (*set)->shareList();
		if (isWorkedOn(**set)) {
			wait = !(*set)->undoing; // that is on its way out already
			return {};
		}
		dropSession(transaction.state(), id);
		return beginUndo(transaction, **set, "");
	});
	if (!begun)
		return refuse(call, begun.error(), {id, shares});
	if (wait)
		return retryWhenFree(id, call, [this, call, id] { remove(call, id); });
	awaitGone(call, id);
}

// The record goes in the same transaction: one that is left would have the
// snapshots removed by recovery. Where the worker dies before that is committed
// the shares are missing, and are published again.
void Agent::forget(const CallPtr &call, const SetId &id, const std::vector<MappingKey> &mappings)
{
	bool wait = false;
	ShadowCopySet left;
	Subject subject(id);
	std::vector<std::string> names;
	auto forgotten = transact([&](Transaction &transaction) -> Result<void> {
		auto set = lookup(transaction, id, HResult::ObjectNotFound);
		if (!set)
			return tl::unexpected(set.error());
		if ((wait = busy(*set)))
			return {};
		if (!set->holdsSnapshots())
			return badState(*set);
		left = *set;
		if (auto marked = mark(*set, mappings); !marked)
			return marked;
		names = set->exposedNames(true);
		subject.shares = set->shareList();
		if (auto hidden = unpublish(*set, true); !hidden)
			return hidden;
		set->forgetDeleting();
		transaction.toDisk();
		if (!set->copies.empty())
			return transaction.save(*set);
		dropSession(transaction.state(), id);
		return transaction.erase(id);
	});
	if (wait && forgotten)
		return retryWhenFree(id, call,
		                     [this, call, id, mappings] { forget(call, id, mappings); });
	// A client that has connected again before its smbd knew would stay.
	publisher_.disconnect(names);
	announceShares();
	if (!forgotten && !names.empty())
		checkWorld({left});
	if (forgotten)
		tidy();
	conclude(call, forgotten.map([] { return Answer(); }), subject);
}

void Agent::sweep(const CallPtr &call)
{
	auto begun = transact([&](Transaction &transaction) -> Result<void> {
		return recover(transaction, true).and_then([&] { return recoverAll(transaction); });
	});
	if (!begun)
		return refuse(call, begun.error());
	tidy();
	const auto check = [this, call] {
		bool idle = false;
		auto looked = transact([&](Transaction &transaction) -> Result<void> {
			idle = isIdle(transaction);
			return {};
		});
		if (!looked)
			refuse(call, looked.error());
		else if (idle)
			call->answer(HResult::Ok);
		return call->answered();
	};
	await({SetId(), call, std::nullopt, check, [] {}});
}

bool Agent::isIdle(Transaction &transaction)
{
	if (checks_ > 0 || jobs_.anyLost() || !afterCommit_.empty())
		return false;
	const auto &open = transaction.state().attention;
	return std::none_of(open.begin(), open.end(), [&](const SetId &id) {
		auto set = transaction.find(id);
		return set && *set && (*set)->job && (*set)->job->owner == self_;
	});
}

} // namespace fss
