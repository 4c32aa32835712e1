// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/Requester.h"

namespace fss {

using namespace std::chrono_literals;
using Word = Ledger::Word;

Requester::Requester(Worker &worker, Ledger &ledger, Manner manner, const std::string &address,
                     uint64_t connection)
        : worker_(worker), ledger_(ledger), manner_(manner), client_(worker, address, connection)
{
}

void Requester::create(uint32_t context, const std::vector<std::string> &shares)
{
	begin(context);
	for (const auto &share : shares)
		add(share);
	step(FSS_PREPARE_SHADOW_COPY_SET, set_);
	step(FSS_COMMIT_SHADOW_COPY_SET, set_);
	step(FSS_EXPOSE_SHADOW_COPY_SET, set_);
	recoveryComplete();
}

void Requester::begin(uint32_t context)
{
	Arguments arguments;
	arguments.context = context;
	step(FSS_SET_CONTEXT, arguments);
	if (auto reply = step(FSS_START_SHADOW_COPY_SET, {SetId::random()})) {
		set_.set = reply->answer.set;
		ledger_.add(set_.set);
	}
}

void Requester::add(const std::string &share)
{
	auto arguments = set_;
	arguments.copy = CopyId::random();
	arguments.name = uncOf(share);
	if (auto reply = step(FSS_ADD_TO_SHADOW_COPY_SET, arguments))
		told().mappings.push_back({reply->answer.copy, share});
}

void Requester::recoveryComplete()
{
	if (!content_)
		return;
	told().word = Word::Either;
	if (step(FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, set_)) {
		told().word = Word::Whole;
		Ledger::check(worker_.world, told());
	}
}

void Requester::abort()
{
	if (step(FSS_ABORT_SHADOW_COPY_SET, set_))
		Ledger::check(worker_.world, told());
}

void Requester::remove(size_t index)
{
	if (!content_)
		return;
	auto &mapping = told().mappings.at(index);
	mapping.word = Word::Either;
	auto arguments = set_;
	arguments.copy = mapping.copy;
	arguments.name = uncOf(mapping.share);
	if (step(FSS_DELETE_SHARE_MAPPING, arguments)) {
		mapping.word = Word::Gone;
		Ledger::check(worker_.world, told());
	}
}

void Requester::removeAll()
{
	for (size_t i = 0; i < told().mappings.size(); i++)
		if (told().mappings[i].word != Word::Gone)
			remove(i);
}

std::optional<Reply> Requester::step(fss_method method, const Arguments &arguments)
{
	if (!content_)
		return std::nullopt;
	constexpr int tries = 3;
	for (int i = 0; i < tries; i++) {
		auto reply = ask(method, arguments);
		if (reply.answered && reply.result == HResult::Ok)
			return reply;
		if (manner_ != Manner::Retries)
			break;
	}
	content_ = false;
	ledger_.refused++;
	if (manner_ != Manner::Leaves && !set_.set.isNil())
		ask(FSS_ABORT_SHADOW_COPY_SET, set_);
	return std::nullopt;
}

Reply Requester::ask(fss_method method, const Arguments &arguments)
{
	const auto reply = client_.send(method, arguments);
	// The agent is woken while its threads are at work.
	worker_.world.clock.advance(60ms);
	if (worker_.executor.wakeTime && *worker_.executor.wakeTime <= worker_.world.clock.now)
		worker_.agent->tick();
	EXPECT_TRUE(worker_.liveUntil([&] { return reply->answered; }, 200s))
	        << name(method) << " is not answered";
	return *reply;
}

} // namespace fss
