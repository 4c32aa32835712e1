// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

namespace {

// MS-FSRVP 3.1.4.2, product note 5.
constexpr uint32_t retryLimit = 5;

} // namespace

Result<Answer> Agent::setContext(const Caller &caller, uint32_t value)
{
	const auto context = Context::parse(value);
	if (!context)
		return fail(HResult::UnsupportedContext,
		            fmt::format("context 0x{:08X} is none of the legal ones", value));
	return transact([&](Transaction &transaction) -> Result<Answer> {
		Session fresh;
		fresh.address = caller.address;
		fresh.worker = self_;
		fresh.connection = caller.connection;
		fresh.context = *context;
		if (auto replaced = replaceSession(transaction, caller, fresh); !replaced)
			return tl::unexpected(replaced.error());
		startTimer(fresh, shortTimer);
		transaction.state().sessions.push_back(fresh);
		connections_.insert(caller.connection);
		return Answer();
	});
}

/// MS-FSRVP 3.1.4.2 step 3. With one set at a time a client is its address, as
/// the protocol says. With more, it is its connection, so that several can
/// work from one address; a lost connection's client is its address again.
Result<void> Agent::replaceSession(Transaction &transaction, const Caller &caller, Session &fresh)
{
	auto &sessions = transaction.state().sessions;
	const auto limit = options_.maxConcurrentSets();
	const auto own = [&](const Session &session) {
		if (limit == 1)
			return session.address == caller.address;
		if (session.worker == self_ && session.connection == caller.connection)
			return true;
		return session.address == caller.address &&
		       (!session.connected || !session.worker.alive());
	};
	const auto old = std::find_if(sessions.begin(), sessions.end(), own);
	if (old == sessions.end()) {
		if (sessions.size() < limit)
			return {};
		return fail(HResult::SetInProgress,
		            fmt::format("another client ({}) is making a shadow copy set",
		                        sessions.front().address),
		            0, "wait, or raise fss:max concurrent sets");
	}
	const auto replaced = *old;
	sessions.erase(old);
	if (replaced.set) {
		auto set = transaction.find(*replaced.set);
		if (!set)
			return tl::unexpected(set.error());
		if (*set && servesUsers(**set)) {
			(*set)->status = Status::Recovered;
			host_.notice(fmt::format("shadow copy set {} ({}) stays as Previous "
			                         "Versions: its client began anew",
			                         (*set)->id.text(), (*set)->shareList()));
			return transaction.save(**set);
		}
		if (*set && (*set)->inProgress())
			if (auto begun = beginUndo(transaction, **set,
			                           "its client began anew with SetContext");
			    !begun)
				return begun;
	}
	fresh.retryCount = replaced.retryCount + 1;
	if (fresh.retryCount > retryLimit)
		return fail(HResult::SetInProgress, fmt::format("{} began anew more than {} times",
		                                                caller.address, retryLimit));
	return {};
}

// An exposed set without AUTO_RECOVERY misses RecoveryComplete only, which would
// change nothing in it. Where its shares show Previous Versions it is listed by
// now, and users may be reading. smbtorture's enum_created wants it to stay; by
// MS-FSRVP 3.1.4.2 step 3b it goes, as it does where nobody sees it.
bool Agent::servesUsers(const ShadowCopySet &set) const
{
	if (set.status != Status::Exposed || set.undoing || busy(set) || set.context.autoRecovery())
		return false;
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (options_.previousVersions(mapping.share))
				return true;
	return false;
}

Session *Agent::sessionFor(ServerState &state, const Caller &caller)
{
	auto &sessions = state.sessions;
	const auto pick = [&](const auto &matches) -> Session * {
		const auto found = std::find_if(sessions.rbegin(), sessions.rend(), matches);
		return found == sessions.rend() ? nullptr : &*found;
	};
	// The protocol's one context is anybody's, 3.1.4.3.
	if (options_.maxConcurrentSets() == 1)
		return pick([](const Session &) { return true; });
	auto *own = pick([&](const Session &session) {
		return session.worker == self_ && session.connection == caller.connection;
	});
	if (own != nullptr)
		return own;
	// A client may have reconnected after SetContext.
	return pick([&](const Session &session) {
		return session.address == caller.address && !session.set;
	});
}

Result<Answer> Agent::startSet(const Caller &caller, const SetId &clientSet)
{
	static_cast<void>(clientSet); // checked for zero; else the server's own counts
	return transact([&](Transaction &transaction) -> Result<Answer> {
		if (auto recovered = recover(transaction, true); !recovered)
			return tl::unexpected(recovered.error());
		auto *session = sessionFor(transaction.state(), caller);
		if (session == nullptr)
			return fail(HResult::BadState, "no context was set");
		if (session->set)
			return fail(HResult::SetInProgress,
			            fmt::format("shadow copy set {} of {} is not finished",
			                        session->set->text(), session->address));
		ShadowCopySet set;
		set.id = SetId::random();
		set.context = session->context;
		set.client = caller.address;
		set.account = caller.account;
		set.bootId = Owner::thisBoot();
		session->set = set.id;
		startTimer(*session, shortTimer);
		if (auto saved = transaction.save(set); !saved)
			return tl::unexpected(saved.error());
		Answer answer;
		answer.set = set.id;
		return answer;
	});
}

void Agent::dropSession(ServerState &state, const SetId &set)
{
	std::erase_if(state.sessions, [&](const Session &session) { return session.set == set; });
}

void Agent::startTimer(Session &session, Seconds time)
{
	const auto fixed = options_.sequenceTimeout();
	if (fixed && fixed->count() == 0) {
		session.deadline.reset();
		return;
	}
	session.deadline = Deadline{Owner::thisBoot(), clock_.sinceBoot() + fixed.value_or(time)};
}

void Agent::startTimer(Transaction &transaction, const SetId &set, Seconds time)
{
	if (auto *session = transaction.state().sessionOf(set))
		startTimer(*session, time);
}

void Agent::stopTimer(Transaction &transaction, const SetId &set)
{
	if (auto *session = transaction.state().sessionOf(set))
		session->deadline.reset();
}

/// MS-FSRVP 3.1.5: what a timer that elapsed leaves.
Result<void> Agent::expire(Transaction &transaction)
{
	auto &sessions = transaction.state().sessions;
	const auto now = clock_.sinceBoot();
	for (size_t i = 0; i < sessions.size();) {
		if (!sessions[i].deadline || !sessions[i].deadline->past(now)) {
			i++;
			continue;
		}
		const auto session = sessions[i];
		sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(i));
		if (!session.set)
			continue;
		auto set = transaction.find(*session.set);
		if (!set)
			return tl::unexpected(set.error());
		if (!*set || !(*set)->inProgress())
			continue;
		pending_.expiredSets++;
		auto begun =
		        beginUndo(transaction, **set,
		                  fmt::format("the message sequence timer elapsed, nothing was "
		                              "heard from {} in time",
		                              session.address));
		if (!begun)
			return begun;
	}
	return {};
}

void Agent::connectionClosed(uint64_t connection)
{
	if (connections_.erase(connection) == 0)
		return;
	auto marked = transact([&](Transaction &transaction) -> Result<void> {
		for (auto &session : transaction.state().sessions)
			if (session.worker == self_ && session.connection == connection)
				session.connected = false;
		return {};
	});
	if (!marked)
		host_.warning(marked.error().text());
}

void Agent::planTick(const ServerState &state)
{
	constexpr std::chrono::milliseconds poll{50};
	const auto &open = state.attention;
	std::erase_if(prepared_, [&](const Prepared &each) {
		return std::find(open.begin(), open.end(), each.set) == open.end();
	});
	Clock::Duration next = glance_;
	const auto sooner = [&](Clock::Duration time) { next = std::min(next, time); };
	const auto now = clock_.sinceBoot();
	for (const auto &session : state.sessions)
		if (session.deadline)
			sooner(session.deadline->sinceBoot);
	if (flush_)
		sooner(*flush_);
	if (jobs_.anyLost())
		sooner(std::max(now + poll, retry_));
	for (const auto &waiter : waiters_) {
		sooner(now + poll);
		if (waiter.deadline)
			sooner(*waiter.deadline);
	}
	if (count_)
		sooner(std::max(*count_, mayCount_));
	wake_ = next;
	executor_.wakeAt(next);
}

void Agent::sharesChanged()
{
	announcing_ = true;
	flush_ = clock_.sinceBoot() + flushPause;
}

void Agent::announceShares()
{
	if (std::exchange(announcing_, false))
		publisher_.announce();
}

void Agent::tick()
{
	const auto now = clock_.sinceBoot();
	const bool looked = glance_ <= now || (jobs_.anyLost() && retry_ <= now);
	if (looked) {
		glance_ = now + glanceInterval;
		announceShares();
		auto recovered = transact([this](Transaction &transaction) {
			transaction.toDisk();
			return noticeLosses(transaction).and_then([&] {
				return recover(transaction, false);
			});
		});
		if (!recovered) {
			host_.error(recovered.error().text());
			retry_ = glance_; // a full disk is not asked without a pause
		}
	}
	if (looked && tidy_ <= now && isQuiet()) {
		tidy_ = now + tidyInterval;
		tidy();
	}
	if (flush_ && *flush_ <= now) {
		flush_.reset();
		announceShares();
		const auto flushed = transact([](Transaction &transaction) -> Result<void> {
			transaction.toDisk();
			return {};
		});
		if (!flushed) // the next glance tries again
			host_.error(flushed.error().text());
	}
	checkWaiters(std::nullopt);
	plan(); // counts what is to be counted, too
}

} // namespace fss
