// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/testing/FakeRequester.h"

#include "base/Clock.h"
#include "protocol/Names.h"

#include <algorithm>

namespace fss::requester {

std::optional<Failure> FakeRequester::takeFailure()
{
	return std::exchange(nextFailure, std::nullopt);
}

Result<ShadowSet> FakeRequester::create(const SetSpec &spec)
{
	specs.push_back(spec);
	if (auto failure = takeFailure())
		return failed(*failure);
	ShadowSet set;
	set.id = spec.id.isNil() ? SetId::random() : spec.id;
	set.context = spec.context;
	set.state = spec.completeLater ? SetState::Exposed : SetState::Recovered;
	set.created = SystemClock().fileTime();
	std::map<std::string, SetId> serverSets;
	for (const Unc &unc : spec.shares) {
		ShadowCopy copy;
		copy.id = CopyId::random();
		copy.given = unc.given;
		copy.host = unc.host;
		copy.share = unc.share;
		copy.server = owner.empty() ? unc.host : owner;
		copy.serverSetId =
		        serverSets.try_emplace(copy.server, SetId::random()).first->second;
		copy.serverCopyId = CopyId::random();
		copy.exposedName = exposedName(unc, unc.share, copy.serverCopyId);
		copy.created = set.created;
		set.copies.push_back(copy);
	}
	sets.push_back(set);
	if (catalog_)
		if (auto put = catalog_->put(set); !put)
			return failed(put.error());
	return set;
}

Result<ShadowSet> FakeRequester::recoveryComplete(const ShadowSet &set)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	ShadowSet now = set;
	now.state = SetState::Recovered;
	for (ShadowSet &each : sets)
		if (each.id == set.id)
			each.state = now.state;
	if (catalog_)
		if (auto put = catalog_->put(now); !put)
			return failed(put.error());
	return now;
}

Result<void> FakeRequester::abort(const ShadowSet &set)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	std::erase_if(sets, [&](const ShadowSet &each) { return each.id == set.id; });
	return catalog_ ? catalog_->remove(set.id) : Result<void>();
}

Result<void> FakeRequester::deleteShareMapping(const ShadowSet &set, const ShadowCopy &copy)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	for (ShadowSet &each : sets)
		if (each.id == set.id)
			std::erase_if(each.copies,
			              [&](const ShadowCopy &other) { return other.id == copy.id; });
	std::erase_if(sets, [](const ShadowSet &each) { return each.copies.empty(); });
	return catalog_ ? catalog_->remove(set.id, copy.id) : Result<void>();
}

Result<ShadowCopy> FakeRequester::mapping(const ShadowCopy &copy)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	for (const ShadowSet &set : sets)
		for (const ShadowCopy &each : set.copies)
			if (each.id == copy.id)
				return each;
	return failed({.kind = FailureKind::NotFound,
	               .server = copy.server,
	               .step = "GetShareMapping",
	               .reason = "no such shadow copy"});
}

Result<PathSupport> FakeRequester::isPathSupported(const Unc &share)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	return PathSupport{true, owner.empty() ? share.host : owner};
}

Result<PathShadowCopied> FakeRequester::isPathShadowCopied(const Unc &share)
{
	if (auto failure = takeFailure())
		return failed(*failure);
	const bool present = std::ranges::any_of(sets, [&](const ShadowSet &set) {
		return std::ranges::any_of(set.copies, [&](const ShadowCopy &copy) {
			return sameName(copy.host, share.host) && sameName(copy.share, share.share);
		});
	});
	return PathShadowCopied{present, 0};
}

} // namespace fss::requester
