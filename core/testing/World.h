// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Agent.h"
#include "testing/FakeClock.h"
#include "testing/FakeForeignState.h"
#include "testing/FakeGate.h"
#include "testing/FakeGuard.h"
#include "testing/FakeHost.h"
#include "testing/FakeProvider.h"
#include "testing/FakePublisher.h"
#include "testing/FakeStore.h"
#include "testing/ManualExecutor.h"
#include "testing/Printing.h"

#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace fss {

/// One machine: what outlives a worker. It has share1 to share4, each on a
/// volume of its own, and both1 and both2 on one volume.
struct World {
	World();

	void addShare(const std::string &name, const std::string &path);

	/// What is on disk.
	ServerState state() const;
	std::optional<ShadowCopySet> set(const SetId &id) const;
	size_t setCount() const;
	VolumeUse use(const VolumeId &volume) const;
	void store(const ShadowCopySet &set);
	void store(const ServerState &state);
	/// Whether nothing of any set is left: no record, snapshot, share, session.
	testing::AssertionResult isEmpty() const;

	/// All records that name this process name one that does not exist.
	void everyWorkerDied();
	/// All records are of an earlier boot.
	void rebooted();

	Faults faults; ///< of all that follows
	FakeClock clock;
	FakeHost host;
	FakeStore records;
	FakePublisher publisher;
	FakeProvider provider;
	FakeGate gate;
	FakeGuard guard;
	FakeForeignState foreign;
};

/// A worker process: an agent and its executor.
class Worker {
public:
	/// Opens the store.
	explicit Worker(World &world);
	/// Leaves that to the test.
	Worker(World &world, std::nothrow_t);
	~Worker();

	/// Lets time pass, as the event loop would.
	void pass(Clock::Duration time);
	/// Lets time pass, and wakes the agent whenever it asked for it.
	void live(Clock::Duration time);
	/// As live(), but no longer than until it says so; whether it did.
	bool liveUntil(const std::function<bool()> &enough, Clock::Duration time);
	/// Ends it without a chance to tidy up.
	void kill();

	World &world;
	ManualExecutor executor;
	std::unique_ptr<Agent> agent;
};

/// What came back of a call.
struct Reply {
	bool answered = false;
	HResult result = HResult::Ok;
	Answer answer;
	CallPtr call;
};

/// The arguments of a call; a method uses those it has.
struct Arguments {
	SetId set;
	CopyId copy;
	uint32_t context = 0;
	uint32_t timeoutMs = 60'000;
	uint32_t level = 1;
	std::u16string name;
};

/// A set on its way, as its client knows it.
struct ClientSet {
	SetId id;
	std::vector<CopyId> copies; ///< one for each share, in order
	std::vector<std::string> shares;
	CopyId copy() const { return copies.front(); }
};

/// A client of a worker.
class Client {
public:
	explicit Client(Worker &worker, std::string address = "198.51.100.1",
	                uint64_t connection = 1);

	/// Calls, and does not wait for the answer.
	std::shared_ptr<Reply> send(fss_method method, const Arguments &arguments = {});
	/// Calls, and lets the worker finish.
	Reply call(fss_method method, const Arguments &arguments = {});

	HResult setContext(uint32_t context = 0);
	Reply start();
	Reply add(const SetId &set, const std::string &share);
	HResult prepare(const SetId &set);
	HResult commit(const SetId &set);
	HResult expose(const SetId &set);
	HResult recoveryComplete(const SetId &set);
	HResult abort(const SetId &set);
	Reply mapping(const SetId &set, const CopyId &copy, const std::string &share);
	HResult remove(const SetId &set, const CopyId &copy, const std::string &share);

	/// Makes a set of these shares and brings it to that status; for
	/// CreationInProgress the commit is left in the executor's queue.
	ClientSet make(Status status, std::vector<std::string> shares = {"share1"},
	               uint32_t context = 0);

	Caller caller;

private:
	Worker &worker_;
};

/// \\SERVER\share in UTF-16.
std::u16string uncOf(const std::string &share);
std::u16string utf16(std::string_view ascii);

} // namespace fss
