// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <algorithm>

namespace fss {

void Agent::await(Waiter waiter)
{
	const auto set = waiter.set;
	waiters_.push_back(std::move(waiter));
	checkWaiters(set);
}

void Agent::checkWaiters(const std::optional<SetId> &set)
{
	const auto now = clock_.sinceBoot();
	// A check may answer, start work or wait anew: it is taken out first, so
	// that the list may change under it.
	std::list<Waiter> taken;
	for (auto it = waiters_.begin(); it != waiters_.end();) {
		const auto current = it++;
		if (!set || current->set == *set)
			taken.splice(taken.end(), waiters_, current);
	}
	while (!taken.empty()) {
		auto waiter = std::move(taken.front());
		taken.pop_front();
		if (waiter.call->abandoned())
			auditAbandoned(*waiter.call, waiter.set);
		try {
			if (waiter.call->answered() || waiter.check())
				continue;
			if (waiter.deadline && *waiter.deadline <= now)
				waiter.expire();
			else
				waiters_.push_back(std::move(waiter));
		} catch (const std::exception &thrown) {
			survive(waiter.call, thrown);
		}
	}
	// Whoever waits on was out of the list when the last tick was planned.
	if (!waiters_.empty())
		plan();
}

bool Agent::isWorkedOn(const ShadowCopySet &set) const
{
	if (!set.job || !set.job->owner.alive())
		return false;
	return !(set.job->owner == self_ && jobs_.isLost(set.id));
}

void Agent::endUnrecorded(const SetId &set)
{
	jobs_.lose(set);
	plan();
}

void Agent::plan()
{
	auto planned = transact([](Transaction &) -> Result<void> { return {}; });
	if (planned)
		return;
	host_.error(planned.error().text());
	executor_.wakeAt(clock_.sinceBoot() + storePause);
}

void Agent::retryWhenFree(const SetId &id, const CallPtr &call, std::function<void()> again)
{
	const auto check = [this, id, call, again = std::move(again)] {
		bool free = false;
		auto looked = transact([&](Transaction &transaction) -> Result<void> {
			auto set = lookup(transaction, id);
			free = !set || !busy(*set);
			return {};
		});
		if (looked && !free)
			return false;
		if (looked)
			again();
		else
			refuse(call, looked.error(), id);
		return true;
	};
	await({id, call, std::nullopt, check, [] {}});
}

} // namespace fss
