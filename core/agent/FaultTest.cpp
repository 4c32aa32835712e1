// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/Requester.h"

#include <iostream>
#include <numeric>

/// A fault at every step: each call of the store, the provider, the publisher,
/// the gate and the executor fails in turn, or is the last that the process
/// makes. Afterwards the world holds what the clients were told, no more.
namespace fss {
namespace {

using namespace std::chrono_literals;
using Word = Ledger::Word;

constexpr uint32_t persistent = 0x9;
constexpr uint32_t autoRecovery = 0x400009;

/// What happens, and how those it happens to go on.
struct Variant {
	const char *name;
	Faults::Kind kind;
	Manner client;
	bool standby; ///< another worker takes over, which was there before
};

constexpr Variant variants[] = {
        {"error, client aborts", Faults::Kind::Error, Manner::Aborts, false},
        {"error, client retries", Faults::Kind::Error, Manner::Retries, false},
        {"full, client leaves", Faults::Kind::Full, Manner::Leaves, false},
        {"throw, client leaves", Faults::Kind::Throw, Manner::Leaves, false},
        {"throw, client retries", Faults::Kind::Throw, Manner::Retries, false},
        {"stop, new worker", Faults::Kind::Stop, Manner::Leaves, false},
        {"stop, worker beside", Faults::Kind::Stop, Manner::Leaves, true},
};

/// One run of a scenario with a fault at one point.
class Trial {
public:
	explicit Trial(const Variant &how) : variant(how) {}

	Requester requester(const std::string &address = "198.51.100.1", uint64_t connection = 1)
	{
		return {*worker, ledger, variant.client, address, connection};
	}
	/// Of the set that was made as the index-th.
	Requester requester(size_t index)
	{
		auto found = requester();
		found.take(made.at(index).id);
		return found;
	}
	/// What a client of its own did before, without a fault.
	ClientSet make(Status status, const std::vector<std::string> &shares,
	               uint32_t context = persistent)
	{
		auto set = Client(*worker, "198.51.100.1", ++clients).make(status, shares, context);
		ledger.add(set, status == Status::Recovered ? Word::Whole : Word::Gone);
		made.push_back(set);
		return set;
	}
	/// A call that no answer is waited for.
	void send(fss_method method, const ClientSet &set)
	{
		Arguments arguments{set.id, set.copy()};
		arguments.name = uncOf(set.shares.front());
		Client(*worker, "198.51.100.1", clients).send(method, arguments);
	}
	void start() { worker = std::make_unique<Worker>(world); }
	/// Starts a worker that may fail; it ends then.
	void tryToStart()
	{
		worker = std::make_unique<Worker>(world, std::nothrow);
		if (!worker->agent->open())
			end();
	}
	void end()
	{
		worker->kill();
		worker.reset();
	}
	/// The process's death, and what takes its place.
	void succeed()
	{
		world.faults.buried();
		if (worker)
			end();
		else
			world.everyWorkerDied();
		world.gate.closed = false; // by the hold's time
		worker = std::move(standby);
		if (!worker)
			start();
	}
	/// Lets so much time pass that every client's is over.
	void settle()
	{
		worker->live(11s);
		world.clock.advance(1801s);
		worker->agent->tick();
		worker->live(25s);
	}
	void check()
	{
		ledger.check(world);
		ASSERT_TRUE(worker->executor.wakeTime);
		EXPECT_GE(*worker->executor.wakeTime, world.clock.now + 1s) << "it never rests";
	}
	/// The agent is of use still: a set is made and deleted.
	void use()
	{
		const auto before = ledger.refused;
		Requester other(*worker, ledger, Manner::Leaves, "198.51.100.7", 7);
		other.create(autoRecovery, {"share4", "both2"});
		other.removeAll();
		EXPECT_EQ(ledger.refused, before);
	}
	/// Whatever is left can be deleted.
	void clear()
	{
		Client client(*worker, "198.51.100.7", 7);
		for (const auto &told : ledger.sets()) {
			const auto set = world.set(told.id).value_or(ShadowCopySet());
			for (const auto &copy : set.copies)
				for (const auto &mapping : copy.mappings)
					EXPECT_EQ(client.remove(set.id, copy.id, mapping.share),
					          HResult::Ok);
		}
		EXPECT_TRUE(world.isEmpty());
	}

	const Variant &variant;
	World world;
	Ledger ledger;
	std::unique_ptr<Worker> worker, standby;
	std::vector<ClientSet> made;
	uint64_t clients = 0;
};

struct Scenario {
	const char *name;
	size_t floor; ///< at least so many points
	std::function<void(Trial &)> prepare;
	std::function<void(Trial &)> run;
	bool clients = true; ///< what they do upon failure matters
	/// What fails is made up for by the next first worker only.
	bool once = false;
};

void PrintTo(const Scenario &scenario, std::ostream *out)
{
	*out << scenario.name;
}

class FaultTest : public testing::TestWithParam<Scenario> {
protected:
	static void TearDownTestSuite()
	{
		std::cout << "fault points: " << total << " (" << counts << ")" << std::endl;
	}

	/// Whether the fault struck.
	static bool strike(const Scenario &scenario, const Variant &variant, size_t number)
	{
		Trial trial(variant);
		trial.start();
		if (variant.standby)
			trial.standby = std::make_unique<Worker>(trial.world);
		scenario.prepare(trial);
		auto &faults = trial.world.faults;
		faults.arm(variant.kind, number);
		try {
			scenario.run(trial);
		} catch (const Faults::Stopped &) {
		} catch (const std::exception &error) {
			ADD_FAILURE() << "an exception left the core: " << error.what();
		}
		faults.disarm();
		SCOPED_TRACE(std::string(scenario.name) + ", " + variant.name + ", point " +
		             std::to_string(number) + ": " + faults.where());
		EXPECT_EQ(faults.dead(), faults.struck() && variant.kind == Faults::Kind::Stop);
		if (faults.dead() || !trial.worker)
			trial.succeed();
		EXPECT_TRUE(faults.struck() || trial.ledger.refused == 0);
		trial.settle();
		if (!scenario.once)
			trial.check();
		trial.use();
		trial.succeed();
		trial.worker->live(11s);
		trial.check();
		trial.clear();
		return faults.struck();
	}

	static inline size_t total = 0;
	static inline std::string counts;
};

TEST_P(FaultTest, LeavesTheWorldAsClientsWereTold)
{
	const auto &scenario = GetParam();
	size_t points = 0;
	for (const auto &variant : variants) {
		if (variant.client == Manner::Retries && !scenario.clients)
			continue;
		size_t number = 0;
		while (strike(scenario, variant, number)) {
			number++;
			ASSERT_LT(number, 5000U);
			if (HasFailure())
				break;
		}
		points += number;
		RecordProperty(variant.name, static_cast<int>(number));
	}
	EXPECT_GE(points, scenario.floor);
	total += points;
	counts += (counts.empty() ? "" : ", ") + std::string(scenario.name) + " " +
	          std::to_string(points);
}

const std::vector<std::string> shares{"share1", "both1", "both2"};

void nothing(Trial &) {}

/// Brings a set to that status beforehand.
std::function<void(Trial &)> having(Status status, uint32_t context = persistent)
{
	return [=](Trial &trial) { trial.make(status, shares, context); };
}

void create(Trial &trial, uint32_t context)
{
	trial.requester().create(context, shares);
}

void abort(Trial &trial)
{
	trial.requester(0).abort();
}

void recoveryComplete(Trial &trial)
{
	trial.requester(0).recoveryComplete();
}

void removeOneAfterAnother(Trial &trial)
{
	auto requester = trial.requester(0);
	for (const size_t index : {1, 0, 2})
		requester.remove(index);
}

void closeToItsEnd(Trial &trial, Status status)
{
	trial.make(status, shares);
	trial.world.clock.advance(status == Status::Added ? 1795s : 175s);
}

void waitForTheEnd(Trial &trial)
{
	trial.worker->live(15s);
}

/// With several sets at once a client is its connection: the first is lost, the
/// client comes again.
void severalAtOnce(Trial &trial)
{
	trial.world.host.options["max concurrent sets"] = "20";
}

void comeAgain(Trial &trial)
{
	auto first = trial.requester();
	first.begin(persistent);
	first.add("share1");
	trial.worker->agent->connectionClosed(1);
	auto second = trial.requester("198.51.100.1", 2);
	second.create(persistent, {"share2"});
}

void beginAnew(Trial &trial)
{
	auto requester = trial.requester();
	requester.begin(persistent);
	requester.add("share1");
	requester.create(persistent, {"share2"});
}

/// Jobs of all kinds, in the midst of which the worker dies.
void dieAtWork(Trial &trial)
{
	severalAtOnce(trial);
	const auto dying = trial.make(Status::Recovered, {"share3", "both1"});
	const auto aborted = trial.make(Status::Exposed, {"share2"});
	const auto exposed = trial.make(Status::Exposed, {"share1"}, autoRecovery);
	const auto added = trial.make(Status::Added, {"share4"});
	const auto torn = trial.make(Status::CreationInProgress, {"share1", "both2"});
	trial.ledger.find(dying.id).mappings[0].word = Word::Either;
	trial.send(FSS_DELETE_SHARE_MAPPING, dying);
	trial.send(FSS_ABORT_SHADOW_COPY_SET, aborted);
	trial.send(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, exposed);
	trial.send(FSS_PREPARE_SHADOW_COPY_SET, added);
	trial.end();
	// The commit had made one of its snapshots already.
	trial.world.provider.snapshots[torn.copy().text()].uuid = "not on record";
}

/// Finished sets, and what happened to them behind the agent's back.
void loseThings(Trial &trial)
{
	severalAtOnce(trial);
	const auto hidden = trial.make(Status::Recovered, {"share1"});
	const auto gone = trial.make(Status::Recovered, {"share2"});
	trial.world.publisher.published.erase(trial.ledger.find(hidden.id).mappings[0].name());
	trial.world.provider.snapshots.erase(gone.copy().text());
	trial.ledger.find(gone.id).word = Word::Gone;
}

void recover(Trial &trial)
{
	trial.tryToStart();
	if (trial.worker)
		trial.worker->live(30s);
}

void startAnew(Trial &trial)
{
	loseThings(trial);
	const auto passing = trial.make(Status::Recovered, {"share4"}, 0);
	trial.ledger.find(passing.id).word = Word::Gone;
	trial.make(Status::Exposed, {"share3"});
	trial.make(Status::CreationInProgress, {"both1"});
	trial.end();
	trial.world.rebooted();
}

void leaveWorkToAnother(Trial &trial)
{
	auto next = std::make_unique<Worker>(trial.world);
	dieAtWork(trial);
	trial.worker = std::move(next);
}

void takeOver(Trial &trial)
{
	trial.requester(0).remove(1);
	trial.worker->live(30s);
}

void close(Trial &trial)
{
	trial.world.faults.stopSilently();
	trial.worker.reset();
}

const Scenario scenarios[] = {
        {"create", 900, nothing, [](Trial &trial) { create(trial, persistent); }},
        {"create with recovery", 1000, nothing, [](Trial &trial) { create(trial, autoRecovery); }},
        {"abort a started set", 90, having(Status::Started), abort},
        {"abort an added set", 280, having(Status::Added), abort},
        {"abort a commit", 670, having(Status::CreationInProgress), abort},
        {"abort a committed set", 320, having(Status::Committed), abort},
        {"abort an exposed set", 320, having(Status::Exposed, autoRecovery), abort},
        {"recovery complete", 140, having(Status::Exposed, autoRecovery), recoveryComplete},
        {"delete", 380, having(Status::Recovered), removeOneAfterAnother},
        {"expiry of an added set", 160, [](Trial &trial) { closeToItsEnd(trial, Status::Added); },
         waitForTheEnd, false},
        {"expiry of a committed set", 190,
         [](Trial &trial) { closeToItsEnd(trial, Status::Committed); }, waitForTheEnd, false},
        {"expiry of an exposed set", 190,
         [](Trial &trial) { closeToItsEnd(trial, Status::Exposed); }, waitForTheEnd, false},
        {"begin anew", 900, nothing, beginAnew},
        {"come again", 930, severalAtOnce, comeAgain},
        {"recover", 410, dieAtWork, recover, false},
        {"recover after a reboot", 550, startAnew, recover, false, true},
        {"take over", 560, leaveWorkToAnother, takeOver, false},
        {"close", 10, having(Status::Recovered), close, false},
};

INSTANTIATE_TEST_SUITE_P(Every, FaultTest, testing::ValuesIn(scenarios), [](const auto &info) {
	std::string name;
	for (const char c : std::string(info.param.name))
		if (std::isalnum(static_cast<unsigned char>(c)))
			name += c;
	return name;
});

} // namespace
} // namespace fss
