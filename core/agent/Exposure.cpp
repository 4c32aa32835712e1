// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"
#include "provider/ExposedSnapshot.h"
#include "publish/ShareDefinition.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace fss {

namespace {

std::string commentFor(const std::string &share, int64_t taken)
{
	return fmt::format("Shadow copy of {} taken {:%Y-%m-%d %H:%M:%S} UTC", share,
	                   fmt::gmtime(static_cast<std::time_t>(unixSeconds(taken))));
}

// Parameters of `over` win; those of `base` that it does not name follow.
ShareParameters merged(const ShareParameters &over, const ShareParameters &base)
{
	auto out = over;
	for (const auto &parameter : base) {
		const bool known = std::any_of(over.begin(), over.end(), [&](const auto &own) {
			return normalisedParameter(own.first) ==
			       normalisedParameter(parameter.first);
		});
		if (!known)
			out.push_back(parameter);
	}
	return out;
}

} // namespace

// ----------------------------------------------- ExposeShadowCopySet, 3.1.4.6

Result<Answer> Agent::expose(const SetId &id, uint32_t timeoutMs)
{
	const auto deadline = clock_.sinceBoot() + std::chrono::milliseconds(timeoutMs);
	const auto inTime = [&]() -> Result<void> {
		if (clock_.sinceBoot() < deadline)
			return {};
		return fail(HResult::WaitTimeout, "publishing takes longer than the client waits");
	};
	return transact([&](Transaction &transaction) -> Result<Answer> {
		auto set = lookup(transaction, id);
		if (!set)
			return tl::unexpected(set.error());
		if (set->status != Status::Committed)
			return badState(*set);
		startTimer(transaction, id, shortTimer);
		auto shares = publicationsOf(*set);
		if (!shares)
			return tl::unexpected(shares.error());
		// The names have been on record since Add: if this worker dies between
		// the two commits, recovery knows which shares may be there.
		if (auto published = publisher_.publish(*shares, inTime); !published)
			return tl::unexpected(published.error());
		sharesChanged();
		set->status = Status::Exposed;
		for (auto &copy : set->copies)
			for (auto &mapping : copy.mappings)
				mapping.exposed = true;
		if (auto saved = transaction.save(*set); !saved)
			return tl::unexpected(saved.error());
		return Answer();
	});
}

Result<std::vector<Publication>> Agent::publicationsOf(const ShadowCopySet &set)
{
	std::vector<Publication> shares;
	for (const auto &copy : set.copies) {
		for (const auto &mapping : copy.mappings) {
			auto share = publicationOf(set, copy, mapping);
			if (!share)
				return tl::unexpected(share.error());
			shares.push_back(std::move(*share));
		}
	}
	return shares;
}

Result<Publication> Agent::publicationOf(const ShadowCopySet &set, const ShadowCopy &copy,
                                         const ShareMapping &mapping)
{
	// It may have changed since Add.
	const auto viewpoint = viewpointOf(mapping.share);
	if (!viewpoint)
		return tl::unexpected(viewpoint.error());
	auto definition = resolvedDefinition(mapping.share);
	if (!definition)
		return tl::unexpected(definition.error());
	const auto path = directoryOf(copy.volume, mapping.relativePath);
	if (auto readable = checkReadable(mapping.share, *definition, path); !readable)
		return tl::unexpected(readable.error());
	Exposure exposure;
	exposure.basePath = path;
	exposure.baseVolume = copy.volume.root;
	exposure.name = mapping.exposedName;
	exposure.base = mapping.share;
	exposure.path = provider_.exposedPath(refOf(copy), mapping.relativePath);
	exposure.snapshot = copy.volume.byHooks() ? std::string(madeByModule) : copy.snapshotUuid;
	exposure.comment = commentFor(mapping.share, copy.taken);
	exposure.viewpoint = *viewpoint;
	exposure.writable = set.context.autoRecovery() && set.status != Status::Recovered;
	return Publication{exposure.name, mapping.share, exposedDefinition(*definition, exposure)};
}

/// A share's definition with "copy = OTHER" replaced by what it stands for. A
/// home directory's is that of [homes].
Result<ShareParameters> Agent::resolvedDefinition(const std::string &share) const
{
	auto definition = publisher_.definition(share);
	if (!definition && definition.error().code == HResult::ObjectNotFound)
		definition = publisher_.definition("homes");
	if (!definition)
		return definition;
	// As deep as somebody may reasonably nest, and an end for a circle.
	constexpr int deepest = 16;
	for (int depth = 0; depth < deepest; depth++) {
		const auto copy = std::find_if(
		        definition->begin(), definition->end(), [](const auto &parameter) {
			        return normalisedParameter(parameter.first) == "copy";
		        });
		if (copy == definition->end())
			break;
		const auto other = copy->second;
		definition->erase(copy);
		auto base = publisher_.definition(other);
		if (!base)
			return base;
		*definition = merged(*definition, *base);
	}
	return definition;
}

// ------------------------------------- RecoveryCompleteShadowCopySet, 3.1.4.7

void Agent::recoveryComplete(const CallPtr &call, const SetId &id)
{
	bool wait = false;
	bool done = false;
	auto set = transact([&](Transaction &transaction) -> Result<ShadowCopySet> {
		auto found = lookup(transaction, id);
		if (!found)
			return found;
		if (found->status != Status::Exposed)
			return badState(*found);
		if ((wait = busy(*found)))
			return found;
		if (found->context.autoRecovery()) {
			stopTimer(transaction, id);
			beginJob(*found, Job::Kind::Recovery);
		} else { // read-only from birth
			found->status = Status::Recovered;
			dropSession(transaction.state(), id);
			done = true;
		}
		if (auto saved = transaction.save(*found); !saved)
			return tl::unexpected(saved.error());
		return found;
	});
	if (!set)
		return refuse(call, set.error(), id);
	if (wait)
		return retryWhenFree(id, call, [this, call, id] { recoveryComplete(call, id); });
	if (done)
		return conclude(call, Answer(), id);

	std::vector<std::string> names;
	std::vector<std::string> unsealed;
	std::vector<SnapshotRef> snapshots;
	for (const auto &copy : set->copies) {
		snapshots.push_back(refOf(copy));
		for (const auto &mapping : copy.mappings)
			(copy.volume.byHooks() ? unsealed : names).push_back(mapping.exposedName);
	}
	// Who is connected to such a share may write for as long as that lasts.
	names.insert(names.end(), unsealed.begin(), unsealed.end());
	if (auto closed = publisher_.makeReadOnly(names); !closed)
		return finishRecovery(id, call, closed);
	publisher_.disconnect(unsealed);
	const auto seal = [this, snapshots]() -> Result<void> {
		Result<void> sealed;
		for (const auto &snapshot : snapshots)
			if (sealed)
				sealed = provider_.seal(snapshot);
		return sealed;
	};
	runJob<void>(id, seal,
	             [this, id, call](const auto &result) { finishRecovery(id, call, result); });
}

void Agent::finishRecovery(const SetId &id, const CallPtr &call, const Result<void> &result)
{
	auto recorded = recordEnd(id, [&](Transaction &transaction, ShadowCopySet &set) {
		if (!result)
			return startTimer(transaction, id, shortTimer);
		set.status = Status::Recovered;
		dropSession(transaction.state(), id);
	});
	auto outcome = recorded.and_then([&] { return result; });
	conclude(call, outcome.map([] { return Answer(); }), id);
	checkWaiters(id);
}

} // namespace fss
