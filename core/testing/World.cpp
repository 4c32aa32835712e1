// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include "store/Record.h"

#include <chrono>

namespace fss {

namespace {

// Above any pid the kernel gives away.
const Owner deadWorker{Owner::thisBoot(), 5'000'000, 1};
const std::string earlierBoot = "00000000-0000-0000-0000-000000000000";

} // namespace

World::World()
{
	for (Faulty *fake :
	     std::initializer_list<Faulty *>{&records, &publisher, &provider, &gate, &guard})
		fake->faults = &faults;
	for (const char *number : {"1", "2", "3", "4"})
		addShare(std::string("share") + number, std::string("/vol") + number);
	addShare("both1", "/vol9/one");
	addShare("both2", "/vol9/two");
}

void World::addShare(const std::string &name, const std::string &path)
{
	host.shares.push_back({name, path, true, "fss", false});
	publisher.definitions[name] = {{"path", path}, {"read only", "no"}};
}

ServerState World::state() const
{
	const auto found = records.records.find("state");
	if (found == records.records.end())
		return {};
	return record::decodeState(found->second).value();
}

std::optional<ShadowCopySet> World::set(const SetId &id) const
{
	const auto found = records.records.find("set/" + id.text());
	if (found == records.records.end())
		return std::nullopt;
	return record::decodeSet(found->second).value();
}

size_t World::setCount() const
{
	size_t count = 0;
	for (const auto &[key, value] : records.records)
		count += key.starts_with("set/") ? 1 : 0;
	return count;
}

VolumeUse World::use(const VolumeId &volume) const
{
	const auto found = records.records.find("volume/" + volume);
	return found == records.records.end() ? VolumeUse()
	                                      : record::decodeVolumeUse(found->second).value();
}

void World::store(const ShadowCopySet &set)
{
	records.records["set/" + set.id.text()] = record::encode(set);
}

void World::store(const ServerState &state)
{
	records.records["state"] = record::encode(state);
}

testing::AssertionResult World::isEmpty() const
{
	auto failure = testing::AssertionFailure();
	bool empty = true;
	const auto complain = [&](const std::string &what) {
		failure << what << "; ";
		empty = false;
	};
	for (const auto &[key, value] : records.records)
		if (key != "state" && key != "counters" && !key.starts_with("share/"))
			complain("record " + key);
	for (const auto &[key, record] : foreign.records)
		complain("foreign record " + key);
	for (const auto &[id, snapshot] : provider.snapshots)
		complain("snapshot " + id);
	for (const auto &id : provider.prepared)
		complain("directory " + id);
	for (const auto &[name, share] : publisher.published)
		complain("share " + name);
	if (!state().attention.empty())
		complain("attention list");
	if (!state().sessions.empty())
		complain("session");
	return empty ? testing::AssertionSuccess() : failure;
}

void World::everyWorkerDied()
{
	auto server = state();
	for (auto &worker : server.workers)
		worker = deadWorker;
	for (auto &session : server.sessions)
		session.worker = deadWorker;
	store(server);
	const auto before = records.records;
	for (const auto &[key, value] : before) {
		if (!key.starts_with("set/"))
			continue;
		auto each = record::decodeSet(value).value();
		if (each.job)
			each.job->owner = deadWorker;
		store(each);
	}
}

void World::rebooted()
{
	everyWorkerDied();
	auto server = state();
	for (auto &worker : server.workers)
		worker.bootId = earlierBoot;
	for (auto &session : server.sessions) {
		session.worker.bootId = earlierBoot;
		if (session.deadline)
			session.deadline->bootId = earlierBoot;
	}
	store(server);
	const auto before = records.records;
	for (const auto &[key, value] : before) {
		if (!key.starts_with("set/"))
			continue;
		auto each = record::decodeSet(value).value();
		each.bootId = earlierBoot;
		if (each.job)
			each.job->owner.bootId = earlierBoot;
		store(each);
	}
}

Worker::Worker(World &surroundings) : Worker(surroundings, std::nothrow)
{
	EXPECT_TRUE(succeeded(agent->open()));
}

Worker::Worker(World &surroundings, std::nothrow_t)
        : world(surroundings),
          agent(std::make_unique<Agent>(Surroundings{world.host, world.records, world.publisher,
                                                     world.provider, world.gate, executor,
                                                     world.clock, world.foreign, world.guard}))
{
	executor.faults = &world.faults;
}

Worker::~Worker()
{
	executor.forget();
}

void Worker::pass(Clock::Duration time)
{
	world.clock.advance(time);
	agent->tick();
	executor.runAll();
}

void Worker::live(Clock::Duration time)
{
	liveUntil([] { return false; }, time);
}

bool Worker::liveUntil(const std::function<bool()> &enough, Clock::Duration time)
{
	// More often than every 10 ms of that, it does not wake but spin.
	auto wakes = 100 + time / std::chrono::milliseconds(10);
	const auto end = world.clock.now + time;
	executor.runAll();
	while (!enough()) {
		if (wakes-- == 0) {
			ADD_FAILURE() << "the agent asks to be woken without end";
			return false;
		}
		if (!executor.wakeTime || *executor.wakeTime > end) {
			world.clock.now = end;
			return false;
		}
		world.clock.now = std::max(world.clock.now, *executor.wakeTime);
		agent->tick();
		executor.runAll();
	}
	return true;
}

void Worker::kill()
{
	executor.forget();
	const auto fails = std::exchange(world.records.fails,
	                                 [](FakeStore::Step, const std::string &) { return true; });
	agent.reset();
	world.records.fails = fails;
	world.everyWorkerDied();
}

Client::Client(Worker &worker, std::string address, uint64_t connection) : worker_(worker)
{
	caller.account = "DOMAIN\\backup";
	caller.address = std::move(address);
	caller.connection = connection;
	caller.protection = FSS_PROTECTION_INTEGRITY;
	caller.permitted = true;
}

std::shared_ptr<Reply> Client::send(fss_method method, const Arguments &arguments)
{
	auto reply = std::make_shared<Reply>();
	// Weak, because the reply holds its call.
	const auto done = [weak = std::weak_ptr(reply)](HResult result, const Answer &answer) {
		const auto held = weak.lock();
		if (!held)
			return;
		EXPECT_FALSE(held->answered) << "answered twice";
		held->answered = true;
		held->result = result;
		held->answer = answer;
	};
	reply->call = std::make_shared<Call>(method, caller, done);
	fss_request request{};
	request.method = method;
	request.set_id = arguments.set.guid().wire();
	request.copy_id = arguments.copy.guid().wire();
	request.context = arguments.context;
	request.timeout_ms = arguments.timeoutMs;
	request.level = arguments.level;
	request.name = arguments.name.empty()
	                       ? nullptr
	                       : reinterpret_cast<const uint16_t *>(arguments.name.data());
	request.name_units = arguments.name.size();
	worker_.agent->call(reply->call, request);
	return reply;
}

Reply Client::call(fss_method method, const Arguments &arguments)
{
	auto reply = send(method, arguments);
	worker_.executor.runAll();
	EXPECT_TRUE(reply->answered) << name(method) << " is not answered";
	return *reply;
}

HResult Client::setContext(uint32_t context)
{
	Arguments arguments;
	arguments.context = context;
	return call(FSS_SET_CONTEXT, arguments).result;
}

Reply Client::start()
{
	return call(FSS_START_SHADOW_COPY_SET, {SetId::random()});
}

Reply Client::add(const SetId &set, const std::string &share)
{
	Arguments arguments{set, CopyId::random()};
	arguments.name = uncOf(share);
	return call(FSS_ADD_TO_SHADOW_COPY_SET, arguments);
}

HResult Client::prepare(const SetId &set)
{
	return call(FSS_PREPARE_SHADOW_COPY_SET, {set}).result;
}

HResult Client::commit(const SetId &set)
{
	return call(FSS_COMMIT_SHADOW_COPY_SET, {set}).result;
}

HResult Client::expose(const SetId &set)
{
	return call(FSS_EXPOSE_SHADOW_COPY_SET, {set}).result;
}

HResult Client::recoveryComplete(const SetId &set)
{
	return call(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, {set}).result;
}

HResult Client::abort(const SetId &set)
{
	return call(FSS_ABORT_SHADOW_COPY_SET, {set}).result;
}

Reply Client::mapping(const SetId &set, const CopyId &copy, const std::string &share)
{
	Arguments arguments{set, copy};
	arguments.name = uncOf(share);
	return call(FSS_GET_SHARE_MAPPING, arguments);
}

HResult Client::remove(const SetId &set, const CopyId &copy, const std::string &share)
{
	Arguments arguments{set, copy};
	arguments.name = uncOf(share);
	return call(FSS_DELETE_SHARE_MAPPING, arguments).result;
}

ClientSet Client::make(Status status, std::vector<std::string> shares, uint32_t context)
{
	ClientSet set;
	set.shares = std::move(shares);
	EXPECT_EQ(setContext(context), HResult::Ok);
	const auto started = start();
	EXPECT_EQ(started.result, HResult::Ok);
	set.id = started.answer.set;
	if (status == Status::Started)
		return set;
	for (const auto &share : set.shares) {
		const auto added = add(set.id, share);
		EXPECT_EQ(added.result, HResult::Ok) << share;
		set.copies.push_back(added.answer.copy);
	}
	if (status == Status::Added)
		return set;
	if (status == Status::CreationInProgress) {
		send(FSS_COMMIT_SHADOW_COPY_SET, {set.id});
		return set;
	}
	EXPECT_EQ(prepare(set.id), HResult::Ok);
	EXPECT_EQ(commit(set.id), HResult::Ok);
	if (status == Status::Committed)
		return set;
	EXPECT_EQ(expose(set.id), HResult::Ok);
	if (status == Status::Exposed)
		return set;
	EXPECT_EQ(recoveryComplete(set.id), HResult::Ok);
	return set;
}

std::u16string uncOf(const std::string &share)
{
	return utf16("\\\\SERVER\\" + share);
}

std::u16string utf16(std::string_view ascii)
{
	return {ascii.begin(), ascii.end()};
}

} // namespace fss
