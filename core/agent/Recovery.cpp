// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

Result<void> Agent::open()
{
	return transact([&](Transaction &transaction) -> Result<void> {
		auto &workers = transaction.state().workers;
		std::erase_if(workers, [](const Owner &worker) { return !worker.alive(); });
		const bool first = workers.empty();
		workers.push_back(self_);
		// No client outlives a reboot, whatever its timer.
		std::erase_if(transaction.state().sessions, [](const Session &session) {
			return session.worker.bootId != Owner::thisBoot();
		});
		if (first)
			if (auto taken = takeOver(transaction); !taken)
				return taken;
		if (auto recovered = recover(transaction, true); !recovered || !first)
			return recovered;
		return recoverAll(transaction);
	});
}

Result<void> Agent::recover(Transaction &transaction, bool postponed)
{
	// A copy: the list changes as sets are brought to their end.
	const auto attention = transaction.state().attention;
	jobs_.endLost();
	for (const auto &id : attention) {
		auto set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set || (!postponed && !(*set)->job && isPostponed(id)))
			continue;
		if (auto recovered = recoverSet(transaction, **set); !recovered)
			return recovered;
	}
	return {};
}

Result<void> Agent::recoverSet(Transaction &transaction, ShadowCopySet &set)
{
	if (isWorkedOn(set))
		return {};
	const auto job = set.job;
	endJob(set);
	if (set.undoing) {
		dropSession(transaction.state(), set.id);
		return beginUndo(transaction, set, "");
	}
	if (set.inProgress() && transaction.state().sessionOf(set.id) == nullptr)
		return beginUndo(transaction, set, "no client works on it any more");
	if (!job)
		return {};
	switch (job->kind) {
	case Job::Kind::Commit:
		dropSession(transaction.state(), set.id);
		return beginUndo(transaction, set, "making its shadow copies was cut short");
	case Job::Kind::Delete: {
		host_.notice(
		        fmt::format("shadow copy set {}: a deletion that was cut short is finished",
		                    set.id.text()));
		beginJob(set, Job::Kind::Delete);
		afterCommit_.push_back([this, set] { runDelete(set, nullptr); });
		break;
	}
	case Job::Kind::Prepare:
	case Job::Kind::Recovery: // is Exposed still; the client may call again
	case Job::Kind::Undo:
		startTimer(transaction, set.id, shortTimer);
		break;
	}
	return transaction.save(set);
}

Result<void> Agent::recoverAll(Transaction &transaction)
{
	const bool keep = options_.keepNonPersistent();
	std::vector<ShadowCopySet> finished;
	std::vector<ShadowCopySet> released;
	auto read = transaction.eachSet([&](const ShadowCopySet &set) {
		if (set.needsAttention())
			return;
		const bool outlived = !set.context.persistent() && set.bootId != Owner::thisBoot();
		if (outlived && !keep)
			released.push_back(set);
		else
			finished.push_back(set);
	});
	if (!read)
		return read;
	for (const auto &set : released) {
		auto begun = beginUndo(transaction, set,
		                       "it is not persistent and the machine was started anew");
		if (!begun)
			return begun;
	}
	if (!finished.empty())
		afterCommit_.push_back([this, finished] { checkWorld(finished); });
	return {};
}

/// Looks after finished sets whose snapshots an administrator may have deleted.
Result<void> Agent::noticeLosses(Transaction &transaction)
{
	if (!provider_.mayHaveLost())
		return {};
	std::vector<ShadowCopySet> finished;
	auto read = transaction.eachSet([&](const ShadowCopySet &set) {
		if (!set.needsAttention())
			finished.push_back(set);
	});
	if (read && !finished.empty())
		afterCommit_.push_back([this, finished] { checkWorld(finished); });
	return read;
}

/// Drops shadow copies whose snapshots are gone, publishes shares that are
/// missing.
void Agent::checkWorld(std::vector<ShadowCopySet> sets)
{
	const auto look = [this, sets = std::move(sets)]() -> Result<std::vector<Finding>> {
		std::vector<Finding> findings;
		for (const auto &set : sets)
			findings.push_back(examine(set));
		return findings;
	};
	run<std::vector<Finding>>(look, [this](const auto &findings) {
		checks_--;
		if (!findings)
			return host_.error(findings.error().text());
		for (const auto &finding : *findings)
			if (auto mended = caught([&] { return mend(finding); }); !mended)
				host_.error(mended.error().text());
	});
	checks_++;
}

Agent::Finding Agent::examine(const ShadowCopySet &set) const
{
	Finding finding{set, {}, ""};
	for (const auto &copy : set.copies) {
		auto presence = caught([&] { return provider_.presence(refOf(copy)); });
		if (!presence)
			finding.trouble = presence.error().text();
		else if (*presence == SnapshotPresence::Absent)
			finding.gone.push_back(copy.id);
	}
	return finding;
}

Result<void> Agent::mend(const Finding &finding)
{
	const auto &id = finding.set.id;
	if (!finding.trouble.empty())
		host_.error(fmt::format("shadow copy set {}: {}", id.text(), finding.trouble));
	if (finding.gone.empty() && missingShares(finding.set).empty())
		return {};
	return transact([&](Transaction &transaction) -> Result<void> {
		// Clients may have been at it meanwhile.
		auto set = transaction.find(id);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set || busy(**set) || (*set)->undoing)
			return {};
		Result<void> begun;
		if (!finding.gone.empty())
			begun = beginForgetting(transaction, **set, finding.gone);
		return begun.and_then([&] { return republish(**set); });
	});
}

std::vector<Agent::ExposedMapping> Agent::missingShares(const ShadowCopySet &set) const
{
	std::vector<ExposedMapping> missing;
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (mapping.exposed && !mapping.deleting &&
			    !publisher_.isPublished(mapping.exposedName))
				missing.push_back({&copy, &mapping});
	return missing;
}

Result<void> Agent::republish(const ShadowCopySet &set)
{
	std::vector<Publication> shares;
	for (const auto &[copy, mapping] : missingShares(set)) {
		auto share = publicationOf(set, *copy, *mapping);
		if (share)
			shares.push_back(std::move(*share));
		else
			host_.error(fmt::format("share {} cannot be published again: {}",
			                        mapping->exposedName, share.error().text()));
	}
	if (shares.empty())
		return {};
	auto published = publisher_.publish(shares, []() -> Result<void> { return {}; });
	if (!published)
		return published;
	sharesChanged();
	host_.notice(
	        fmt::format("shadow copy set {}: {} share(s) were missing and are published again",
	                    set.id.text(), shares.size()));
	return {};
}

} // namespace fss
