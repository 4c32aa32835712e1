// SPDX-License-Identifier: GPL-3.0-or-later
/// Requests in any order with any arguments, over a world of fakes. Whatever
/// comes, each call is answered once at most, and when all is done and every
/// timer has elapsed nothing is left of what was not finished.
#include "agent/Agent.h"
#include "store/Record.h"
#include "testing/FakeClock.h"
#include "testing/FakeForeignState.h"
#include "testing/FakeGate.h"
#include "testing/FakeGuard.h"
#include "testing/FakeHost.h"
#include "testing/FakeProvider.h"
#include "testing/FakePublisher.h"
#include "testing/FakeStore.h"
#include "testing/ManualExecutor.h"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace fss;

/// Reads values off the fuzzer's bytes; what lacks is zero.
class Input {
public:
	Input(const uint8_t *data, size_t size) : data_(data), size_(size) {}
	bool empty() const { return size_ == 0; }
	template <class T> T take()
	{
		T value{};
		const auto count = std::min(sizeof(T), size_);
		std::memcpy(&value, data_, count);
		data_ += count;
		size_ -= count;
		return value;
	}

private:
	const uint8_t *data_;
	size_t size_;
};

class Play {
public:
	Play()
	{
		for (const auto *name : {"one", "two", "three$"}) {
			const auto path = std::string("/vol") + (*name == 't' ? "2/" : "1/") + name;
			host_.shares.push_back({name, path, true, "fss"});
			publisher_.definitions[name] = {{"path", path}};
		}
		if (!agent_.open())
			std::abort();
	}

	void step(Input &input)
	{
		const auto what = input.take<uint8_t>();
		if (what < 160)
			return call(static_cast<fss_method>(what % 14), input);
		if (what < 200) {
			executor_.runNext();
			return;
		}
		if (what < 230) {
			clock_.advance(std::chrono::seconds(input.take<uint16_t>()));
			return agent_.tick();
		}
		agent_.connectionClosed(input.take<uint8_t>() % 4);
	}

	void finish()
	{
		for (int round = 0; round < 8; round++) {
			executor_.runAll();
			clock_.advance(std::chrono::hours(2));
			agent_.tick();
		}
		executor_.runAll();
		for (const auto &call : pending_)
			if (!call->answered())
				std::abort(); // waited for ever
		// Only recovered sets may have snapshots and shares.
		size_t recovered = 0;
		for (const auto &[key, bytes] : store_.records)
			if (key.starts_with("set/"))
				if (auto set = record::decodeSet(bytes);
				    set && set->status == Status::Recovered)
					recovered += set->copies.size();
		if (provider_.snapshots.size() != recovered)
			std::abort();
	}

private:
	void call(fss_method method, Input &input)
	{
		// Two bytes make a normal call; each bit set makes something odd of it.
		const auto odd = input.take<uint8_t>();
		fss_request request{};
		request.method = method;
		request.context = (odd & 1) != 0 ? input.take<uint32_t>() : 9;
		request.timeout_ms = (odd & 2) != 0 ? input.take<uint16_t>() : 60'000;
		request.level = (odd & 4) != 0 ? input.take<uint32_t>() : 1;
		request.set_id = pick(sets_, (odd & 8) != 0 ? input.take<uint8_t>() : 0);
		request.copy_id = pick(copies_, (odd & 8) != 0 ? input.take<uint8_t>() : 0);
		const auto name = (odd & 16) != 0 ? nameFor(input) : u"\\\\SERVER\\one\\";
		request.name = reinterpret_cast<const uint16_t *>(name.data());
		request.name_units = name.size();

		Caller caller;
		caller.account = "fuzz";
		caller.connection = (odd & 32) != 0 ? input.take<uint8_t>() % 4 : 0;
		caller.address = caller.connection % 2 != 0 ? "192.0.2.1" : "192.0.2.2";
		caller.protection = FSS_PROTECTION_PRIVACY;
		caller.permitted = (odd & 64) == 0;
		auto count = std::make_shared<int>(0);
		auto made = std::make_shared<Call>(
		        method, caller, [this, count](HResult result, const Answer &answer) {
			        if (++*count > 1)
				        std::abort();
			        learn(result, answer);
		        });
		pending_.push_back(made);
		agent_.call(made, request);
		if ((odd & 128) != 0)
			made->abandon();
	}

	void learn(HResult result, const Answer &answer)
	{
		if (result != HResult::Ok)
			return;
		if (!answer.set.isNil())
			sets_.push_back(answer.set.guid().wire());
		if (!answer.copy.isNil())
			copies_.push_back(answer.copy.guid().wire());
	}

	static fss_guid pick(const std::vector<fss_guid> &known, uint8_t which)
	{
		if (known.empty() || which >= 250)
			return fss_guid{which, 0, 0, {}, {}};
		return known[known.size() - 1 - which % std::min<size_t>(known.size(), 3)];
	}

	static std::u16string nameFor(Input &input)
	{
		switch (input.take<uint8_t>() % 8) {
		case 0:
			return u"\\\\SERVER\\two";
		case 1:
			return u"\\\\192.0.2.1\\three$\\";
		case 2: {
			std::u16string name(input.take<uint8_t>(), u'\0');
			for (auto &unit : name)
				unit = input.take<char16_t>();
			return name;
		}
		default:
			return u"\\\\SERVER\\one\\";
		}
	}

	FakeHost host_;
	FakeStore store_;
	FakePublisher publisher_;
	FakeProvider provider_;
	ManualExecutor executor_;
	FakeClock clock_;
	FakeGate gate_;
	FakeForeignState foreign_;
	FakeGuard guard_;
	Agent agent_{
	        {host_, store_, publisher_, provider_, gate_, executor_, clock_, foreign_, guard_}};
	std::vector<CallPtr> pending_;
	std::vector<fss_guid> sets_, copies_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input input(data, size);
	Play play;
	while (!input.empty())
		play.step(input);
	play.finish();
	return 0;
}
