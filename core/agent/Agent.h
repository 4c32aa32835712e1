// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Call.h"
#include "agent/ForeignState.h"
#include "agent/Host.h"
#include "agent/Options.h"
#include "agent/OwnJobs.h"
#include "agent/ShareGuard.h"
#include "base/Clock.h"
#include "base/Executor.h"
#include "gate/WriteGate.h"
#include "protocol/Unc.h"
#include "provider/Instant.h"
#include "provider/SnapshotProvider.h"
#include "publish/SharePublisher.h"
#include "store/Journal.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace fss {

/// What an agent works with. All must outlive it.
struct Surroundings {
	Host &host;
	StateStore &store;
	SharePublisher &publisher;
	SnapshotProvider &provider;
	WriteGate &gate;
	Executor &executor;
	Clock &clock;
	ForeignState &foreign;
	ShareGuard &guard;
};

/// The file server's shadow copy agent: MS-FSRVP's server side. Several of them
/// work on one store, one in each worker process.
///
/// Every method follows one pattern: in one transaction, load, check and record
/// what is about to happen; act; in another transaction record what happened;
/// answer. A worker may die between any two steps; recover() then finishes or
/// undoes what stands in the store.
class Agent {
public:
	explicit Agent(const Surroundings &surroundings);
	~Agent();
	Agent(const Agent &) = delete;
	Agent &operator=(const Agent &) = delete;

	/// Registers this worker, and ends what dead ones left. To be called once,
	/// before anything else.
	Result<void> open();

	/// Carries a method out. The call is answered at once or later.
	void call(const CallPtr &call, const fss_request &request);
	/// A client's connection is gone.
	void connectionClosed(uint64_t connection);
	/// The time that was asked of Executor::wakeAt() has come.
	void tick();

	// --- Administration.cpp: what an administrator asks for. Like a method, each
	// is answered at once or later, and waits for whoever is at work on the set.

	/// A mapping of a shadow copy.
	struct MappingKey {
		CopyId copy;
		std::string share;
	};
	/// Removes a set in whatever state with all it holds. Answered once it is
	/// gone.
	void remove(const CallPtr &call, const SetId &id);
	/// DeleteShareMapping, without a UNC.
	void remove(const CallPtr &call, const SetId &id, const CopyId &copy,
	            const std::string &share)
	{
		deleteMapping(call, id, copy, share);
	}
	/// Forgets these mappings of a set, or all (none given): the shares go, the
	/// snapshots stay where they are and are nobody's from then on.
	void forget(const CallPtr &call, const SetId &id, const std::vector<MappingKey> &mappings);
	/// Brings to an end whatever calls for it: elapsed timers, dead workers'
	/// jobs, removals that failed, lost snapshots and shares. Answered once this
	/// worker has nothing more to do.
	void sweep(const CallPtr &call);

private:
	using Transaction = Journal::Transaction;
	using Seconds = std::chrono::seconds;

	static constexpr Seconds shortTimer{180}; ///< MS-FSRVP 3.1.2
	static constexpr Seconds longTimer{1800};
	/// How often an idle worker looks for what a dead one, or a removal that
	/// failed, has left, and for timers that others have set.
	static constexpr Seconds glanceInterval{10};
	/// How often an idle worker removes what no set needs any more (tidy()).
	static constexpr Seconds tidyInterval{3600};
	/// Shares whose last volume is forgotten at a time.
	static constexpr size_t mostForgotten = 100;
	/// A removal that fails again and again, as with a volume that is gone, is
	/// tried after ever longer pauses, from glanceInterval up to this.
	static constexpr Seconds longestPause{3600};
	/// After which what is gone is gone from the disk's record too, and smbd's
	/// processes look at their shares: the calls of a client that deletes one
	/// after the other do not wait for it.
	static constexpr std::chrono::milliseconds flushPause{300};
	/// After a failure of the store.
	static constexpr std::chrono::milliseconds storePause{500};
	/// After which a refusal is counted in the store, where no transaction that
	/// happens anyway has taken it along.
	static constexpr std::chrono::milliseconds countPause{1000};

	// --- Agent.cpp: calls, transactions
	void dispatch(const CallPtr &call, const fss_request &request);
	Result<void> authorise(const Caller &caller) const;
	/// Runs fn in a transaction in which no timer is overdue, and commits also
	/// where fn refuses: a refusal may change timers. What is thrown becomes
	/// the error. After one, what was to be recorded may be on record or not.
	template <class Fn> auto transact(Fn fn) -> decltype(fn(std::declval<Transaction &>()));
	template <class Fn> auto transactOnce(Fn fn) -> decltype(fn(std::declval<Transaction &>()));
	void afterCommit();
	/// Something was thrown: answers the call, and sees to what it began.
	void survive(const CallPtr &call, const std::exception &thrown);
	void survive();
	/// Runs a provider's call beside the agent's thread, and `done` on it. What
	/// the call throws becomes its error.
	template <class T>
	void run(std::function<Result<T>()> call, std::function<void(const Result<T> &)> done);
	/// As run(), for what a call wants to know before anything begins; not gone on
	/// with where its client has gone.
	template <class T>
	void runFor(const CallPtr &call, std::function<Result<T>()> work,
	            std::function<void(const Result<T> &)> then);
	/// As run(), for the job of a set; `done` records its end. Where no thread
	/// is to be had, that is the error.
	template <class T>
	void runJob(const SetId &set, std::function<Result<T>()> call,
	            std::function<void(const Result<T> &)> done);
	/// In a transaction that saves the set.
	void beginJob(ShadowCopySet &set, Job::Kind kind);
	void endJob(ShadowCopySet &set);
	/// Records the end of this worker's job with a set, with what `change` makes
	/// of the set. One that is to be removed is removed now; one that has no
	/// shadow copies any more is forgotten.
	Result<void> recordEnd(const SetId &id,
	                       const std::function<void(Transaction &, ShadowCopySet &)> &change);
	/// The dialect's code, unless the method has one of its own.
	tl::unexpected<Error> unknownSet(const SetId &id,
	                                 std::optional<HResult> code = std::nullopt) const;
	/// A set that clients can see, brought up to date where its worker died.
	Result<ShadowCopySet> lookup(Transaction &transaction, const SetId &id,
	                             std::optional<HResult> unknown = std::nullopt);
	tl::unexpected<Error> badState(const ShadowCopySet &set) const;

	// --- Audit.cpp: answers, and what is told and counted of them
	/// What an answer is about.
	struct Subject {
		Subject() = default;
		Subject(const SetId &about) : set(about) {}
		Subject(const SetId &about, std::string names)
		        : set(about), shares(std::move(names))
		{
		}
		std::optional<SetId> set;
		std::string shares; ///< separated by commas
	};
	void conclude(const CallPtr &call, const Result<Answer> &result,
	              const Subject &subject = {});
	void refuse(const CallPtr &call, const Error &error, const Subject &subject = {});
	/// Refuses a caller who may not use the agent at all.
	void turnAway(const CallPtr &call, const Error &error);
	void audit(const Call &call, HResult result, const Subject &subject,
	           const std::string &detail = {});
	/// For a call whose client went before there was an answer.
	void auditAbandoned(const Call &call, const SetId &set);
	/// In the store soon.
	void countFailure(HResult code);

	// --- Sessions.cpp: contexts, Message Sequence Timer
	Result<Answer> setContext(const Caller &caller, uint32_t value);
	Result<Answer> startSet(const Caller &caller, const SetId &clientSet);
	Result<void> replaceSession(Transaction &transaction, const Caller &caller, Session &fresh);
	/// Whether a set that its client has not finished is of use nevertheless.
	bool servesUsers(const ShadowCopySet &set) const;
	Session *sessionFor(ServerState &state, const Caller &caller);
	void dropSession(ServerState &state, const SetId &set);
	void startTimer(Session &session, Seconds time);
	void startTimer(Transaction &transaction, const SetId &set, Seconds time);
	void stopTimer(Transaction &transaction, const SetId &set);
	Result<void> expire(Transaction &transaction);
	void planTick(const ServerState &state);
	/// smbd's processes are told of it with the next flush, together.
	void sharesChanged();
	void announceShares();

	struct NamedShare {
		Unc unc;
		ShareInfo share;
	};

	// --- Creation.cpp: Add, Prepare, Commit
	void add(const CallPtr &call, const fss_request &request);
	/// What Add records: a share, looked up.
	struct Addition {
		SetId set;
		Unc unc;
		ShareInfo share;
		Location location;
	};
	Result<Addition> examine(const SetId &set, const NamedShare &named,
	                         const Result<Location> &location);
	void addExamined(const CallPtr &call, const Addition &addition);
	Result<Answer> addMapping(Transaction &transaction, ShadowCopySet &set,
	                          const Addition &addition);
	/// Warns where the share's directory is on another volume by now.
	Result<void> compareVolume(Transaction &transaction, const Addition &addition);
	Result<void> noteVolumes(Transaction &transaction, const ShadowCopySet &set);
	Result<void> checkRoom(Transaction &transaction, const ShadowCopySet &set,
	                       const Addition &addition);
	void prepare(const CallPtr &call, const SetId &id, uint32_t timeoutMs);
	/// What Prepare has made ready for Commit.
	using Batch = std::shared_ptr<SnapshotBatch>;
	Result<Batch> prepareSnapshots(const std::vector<SnapshotRequest> &requests) const;
	void finishPrepare(const SetId &id, const CallPtr &call, const Result<Batch> &result);
	/// What this worker has ready for the set as it is now; null: nothing.
	Batch takePrepared(const ShadowCopySet &set);
	void commit(const CallPtr &call, const SetId &id, uint32_t timeoutMs);
	void startCommit(const ShadowCopySet &set, const Caller &caller);
	/// What the guards of a set's shares are to be asked.
	std::vector<GuardQuestion> guardsOf(const ShadowCopySet &set, const Caller &caller);
	void finishCommit(const SetId &id, const Result<Instant> &instant);
	Result<void> collectCommit(Transaction &transaction, ShadowCopySet &set);
	void awaitCommit(const CallPtr &call, const SetId &id, uint32_t timeoutMs);
	std::vector<SnapshotRequest> requestsOf(const ShadowCopySet &set) const;

	// --- Exposure.cpp: Expose, RecoveryComplete
	Result<Answer> expose(const SetId &id, uint32_t timeoutMs);
	Result<std::vector<Publication>> publicationsOf(const ShadowCopySet &set);
	Result<Publication> publicationOf(const ShadowCopySet &set, const ShadowCopy &copy,
	                                  const ShareMapping &mapping);
	Result<ShareParameters> resolvedDefinition(const std::string &share) const;
	void recoveryComplete(const CallPtr &call, const SetId &id);
	void finishRecovery(const SetId &id, const CallPtr &call, const Result<void> &result);

	// --- Removal.cpp: Abort, DeleteShareMapping, undo
	void abort(const CallPtr &call, const SetId &id);
	void deleteMapping(const CallPtr &call, const fss_request &request);
	void deleteMapping(const CallPtr &call, const SetId &id, const CopyId &copy,
	                   const std::string &share);
	void runDelete(const ShadowCopySet &set, const CallPtr &call);
	Result<void> beginForgetting(Transaction &transaction, ShadowCopySet &set,
	                             const std::vector<CopyId> &gone);
	void restore(ShadowCopySet &set);
	void goOnDeleting(const SetId &id, const CallPtr &call, const Result<void> &hidden);
	void finishDelete(const SetId &id, const CallPtr &call, const Result<void> &result);
	/// Records that a set is to be removed; it happens after the commit.
	Result<void> beginUndo(Transaction &transaction, ShadowCopySet set, const std::string &why);
	void runUndo(const ShadowCopySet &set);
	/// Answers once the set is gone, or its removal has failed.
	void awaitGone(const CallPtr &call, const SetId &id);
	void finishUndo(const SetId &id, const Result<void> &result);
	void postpone(const SetId &id);
	bool isPostponed(const SetId &id) const;
	/// Unpublishes a set's shares; only those on their way out, or all.
	Result<void> unpublish(const ShadowCopySet &set, bool deletingOnly);

	// --- Queries.cpp
	Result<Answer> supportedVersion() const;
	void isPathSupported(const CallPtr &call, const fss_request &request);
	void isPathShadowCopied(const CallPtr &call, const fss_request &request);
	Result<Answer> shareMapping(const fss_request &request);
	Result<Unc> ownUnc(const fss_request &request) const;
	Result<NamedShare> namedShare(const Caller &caller, const fss_request &request) const;
	InspectOptions inspectOptions(const ShareInfo &share) const;
	/// Whether all see the same share, and who may connect to it can be told.
	Result<Viewpoint> viewpointOf(const std::string &share) const;
	/// Whether a snapshot holds all that reading the share needs.
	Result<void> checkSnapshotHolds(const ShareInfo &share, const Location &location) const;
	/// The volume behind a share, where a shadow copy of it can be made; on the
	/// agent's thread, now or later.
	using Located = std::function<void(const Result<Location> &)>;
	void locate(const CallPtr &call, const ShareInfo &share, const Located &then);
	/// Goes on with looking at a share that lets the caller in.
	void askGuard(const CallPtr &call, const ShareInfo &share,
	              const std::function<void(const Result<void> &)> &then);
	/// The provider's view of it; modules that are asked for it may block.
	void inspect(const CallPtr &call, const ShareInfo &share, const InspectOptions &options,
	             const Located &then);
	std::string ownerName(const Unc &unc) const;

	// --- Recovery.cpp
	/// Looks at every set that may need an end: finishes, undoes, or leaves it.
	/// postponed: removals that failed a while ago, too.
	Result<void> recover(Transaction &transaction, bool postponed);
	Result<void> recoverSet(Transaction &transaction, ShadowCopySet &set);
	/// Compares every stored set with the world.
	Result<void> recoverAll(Transaction &transaction);
	Result<void> noticeLosses(Transaction &transaction);
	void checkWorld(std::vector<ShadowCopySet> sets);
	/// Whether nothing is under way in this worker.
	bool isIdle(Transaction &transaction);
	/// That, and no set is in the making or on its way out.
	bool isQuiet();
	/// Removes what no set needs, and nothing else removes.
	void tidy();
	Result<void> forgetVolumes();
	Result<std::set<std::string>> copiesOnRecord();
	struct Finding {
		ShadowCopySet set;
		std::vector<CopyId> gone; ///< without snapshots
		std::string trouble;
	};
	Finding examine(const ShadowCopySet &set) const;
	Result<void> mend(const Finding &finding);
	struct ExposedMapping {
		const ShadowCopy *copy;
		const ShareMapping *mapping;
	};
	/// What ought to be published, and is not.
	std::vector<ExposedMapping> missingShares(const ShadowCopySet &set) const;
	Result<void> republish(const ShadowCopySet &set);

	// --- Takeover.cpp: sets of Samba's own agent
	Result<void> takeOver(Transaction &transaction);
	Result<bool> takeOver(Transaction &transaction, const std::string &key,
	                      const ForeignSet &records);
	bool leave(const std::string &key, const ForeignSet &records, const Error &why);
	Result<ShadowCopySet> translate(const SetId &id, const std::string &key,
	                                const ForeignSet &records);
	Result<ShadowCopy> translate(const CopyId &id, const ForeignRecord &record,
	                             const ForeignSet &records);

	// --- Waiting.cpp: calls that wait for a job, of this worker or another
	struct Waiter {
		SetId set;
		CallPtr call;
		std::optional<Clock::Duration> deadline;
		/// Returns whether it is done with waiting.
		std::function<bool()> check;
		std::function<void()> expire;
	};
	void await(Waiter waiter);
	void checkWaiters(const std::optional<SetId> &set);
	/// Runs the method again once nobody works on the set.
	void retryWhenFree(const SetId &set, const CallPtr &call, std::function<void()> again);
	static SnapshotRef refOf(const ShadowCopy &copy);
	/// Whether its job will come to an end that is recorded.
	bool isWorkedOn(const ShadowCopySet &set) const;
	/// The store failed when a job's end was to be recorded: the set is then
	/// recovered as if its worker had died.
	void endUnrecorded(const SetId &set);
	/// Asks for the next tick, after a failure of the store too.
	void plan();
	bool busy(const ShadowCopySet &set) const { return set.job.has_value(); }

	Host &host_;
	SharePublisher &publisher_;
	SnapshotProvider &provider_;
	WriteGate &gate_;
	Executor &executor_;
	Clock &clock_;
	ForeignState &foreign_;
	ShareGuard &guard_;
	Journal journal_;
	Options options_;
	const Owner self_;
	std::list<Waiter> waiters_;
	std::deque<std::function<void()>> afterCommit_; ///< what recorded intents call for
	std::set<uint64_t> connections_;                ///< that hold or held a session
	OwnJobs jobs_;
	struct Prepared {
		SetId set;
		std::vector<CopyId> copies;
		size_t mappings; ///< a batch knows the shares' directories
		Batch batch;
	};
	std::vector<Prepared> prepared_; ///< a help only: Commit can do without
	struct Postponement {
		Clock::Duration pause;
		Clock::Duration until;
	};
	/// Removals that failed in this worker, by set; another starts afresh.
	std::map<std::string, Postponement> postponed_;
	Clock::Duration glance_;  ///< when to look what others left
	Clock::Duration tidy_{0}; ///< not before
	/// When to bring the disk up to date, and smbd's processes.
	std::optional<Clock::Duration> flush_;
	bool announcing_ = false; ///< shares have changed
	/// Counted, and not in the store yet.
	Counters pending_;
	std::optional<Clock::Duration> count_;         ///< when they are to be
	Clock::Duration mayCount_{0};                  ///< not before, as the store failed
	Clock::Duration wake_{Clock::Duration::max()}; ///< when the next tick is due
	size_t checks_ = 0;                            ///< of the world, under way
	Clock::Duration retry_{0};                     ///< lost jobs wait so long after a failure
};

template <class T>
void Agent::run(std::function<Result<T>()> call, std::function<void(const Result<T> &)> done)
{
	auto result = std::make_shared<Result<T>>();
	executor_.run([result, call = std::move(call)] { *result = caught(call); },
	              [result, done = std::move(done)] { done(*result); });
}

template <class T>
void Agent::runJob(const SetId &set, std::function<Result<T>()> call,
                   std::function<void(const Result<T> &)> done)
{
	jobs_.start(set);
	const auto end = [this, set, done = std::move(done)](const Result<T> &result) {
		auto ended = caught([&]() -> Result<void> {
			done(result);
			return {};
		});
		if (ended)
			return;
		host_.error(ended.error().text());
		endUnrecorded(set);
	};
	auto started = caught([&]() -> Result<void> {
		run<T>(std::move(call), end);
		return {};
	});
	if (!started)
		end(tl::unexpected(started.error()));
}

template <class Fn> auto Agent::transact(Fn fn) -> decltype(fn(std::declval<Transaction &>()))
{
	return caught([&] { return transactOnce(fn); });
}

template <class Fn> auto Agent::transactOnce(Fn fn) -> decltype(fn(std::declval<Transaction &>()))
{
	using Outcome = decltype(fn(std::declval<Transaction &>()));
	// Intents that are not recorded call for nothing; what earlier ones call
	// for stays.
	struct Intents {
		Agent &agent;
		size_t recorded = agent.afterCommit_.size();
		~Intents()
		{
			auto &queue = agent.afterCommit_;
			queue.resize(std::min(recorded, queue.size()));
			if (recorded != SIZE_MAX)
				agent.jobs_.failed();
		}
	} intents{*this};
	auto transaction = journal_.begin();
	if (!transaction)
		return tl::unexpected(transaction.error());
	Outcome result = expire(*transaction).and_then([&] { return fn(*transaction); });
	const bool counting = !pending_.empty() && mayCount_ <= clock_.sinceBoot();
	auto committed = counting ? transaction->count(pending_) : Result<void>();
	if (committed)
		committed = transaction->commit();
	if (!committed) {
		if (counting)
			mayCount_ = clock_.sinceBoot() + glanceInterval;
		if (result)
			return tl::unexpected(committed.error());
		return result;
	}
	intents.recorded = SIZE_MAX;
	if (counting) {
		pending_ = {};
		count_.reset();
	}
	jobs_.committed();
	if (transaction->owesDisk())
		flush_ = clock_.sinceBoot() + flushPause;
	planTick(transaction->state());
	afterCommit();
	return result;
}

} // namespace fss
