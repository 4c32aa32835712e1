// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/SharedGate.h"

#include "gate/GateFile.h"

#include <algorithm>
#include <fmt/format.h>
#include <thread>

namespace fss {

namespace {

using std::chrono::milliseconds;

/// A writer that takes longer than this is looked at: it may be dead.
constexpr GateTime suspicion = 20'000'000;

tl::unexpected<Error> tooLate(std::string step, std::string advice)
{
	return fail(HResult::CommitTimeout, std::move(step), 0, std::move(advice));
}

class SharedHold : public WriteHold {
public:
	explicit SharedHold(GateTime until) : until_(until) {}
	~SharedHold() override { open(); }

	Result<void> join(const std::string &directory, const VolumeId &volume);
	/// Closes all gates and waits for the changes under way.
	Result<void> close();
	Result<std::chrono::microseconds> release() override;

private:
	void open();
	Result<void> drain(GateFile &gate) const;
	/// A writer with a change under way; null: none.
	static const GateSlot *busy(const GateFile &gate, bool lookForDead);

	std::vector<GateFile> gates_; ///< locked
	GateTime until_;
	GateTime closed_ = 0; ///< when; 0: they are open
};

Result<void> SharedHold::join(const std::string &directory, const VolumeId &volume)
{
	auto gate = GateFile::open(directory, volume);
	if (!gate)
		return tl::unexpected(gate.error());
	while (!gate->tryLock()) {
		if (gateNow() >= until_)
			return tooLate(fmt::format("hold the writers of {}", volume),
			               "another set holds them");
		std::this_thread::sleep_for(milliseconds(1));
	}
	gates_.push_back(std::move(*gate));
	return {};
}

Result<void> SharedHold::close()
{
	closed_ = gateNow();
	for (auto &gate : gates_)
		gate.close(until_);
	for (auto &gate : gates_)
		if (auto drained = drain(gate); !drained)
			return drained;
	return {};
}

const GateSlot *SharedHold::busy(const GateFile &gate, bool lookForDead)
{
	const auto *const slots = gate.slots();
	for (size_t i = 0; i < gate.slotCount(); i++) {
		const auto &slot = slots[i];
		if (slot.inside != 0 && slot.pid != 0 && (!lookForDead || slot.alive()))
			return &slot;
	}
	return nullptr;
}

Result<void> SharedHold::drain(GateFile &gate) const
{
	const auto start = gateNow();
	for (;;) {
		const auto seen = gate.notes();
		const auto now = gateNow();
		const auto *const slot = busy(gate, now - start > suspicion);
		if (slot == nullptr)
			return {};
		if (now >= until_)
			return tooLate("hold the writers",
			               fmt::format("smbd process {} has had a change under way for "
			                           "all that time",
			                           slot->pid.load()));
		gate.waitForNote(seen, milliseconds(1));
	}
}

void SharedHold::open()
{
	if (closed_ != 0)
		for (auto &gate : gates_)
			gate.reopen();
	closed_ = 0;
	gates_.clear();
}

Result<std::chrono::microseconds> SharedHold::release()
{
	const auto now = gateNow();
	const std::chrono::nanoseconds held(now - closed_);
	open();
	if (now >= until_)
		return tooLate("make the snapshots while writers are held",
		               "it took longer than fss:hold timeout");
	return std::chrono::duration_cast<std::chrono::microseconds>(held);
}

} // namespace

Result<std::unique_ptr<WriteHold>> SharedGate::hold(const std::vector<VolumeId> &volumes,
                                                    Clock::Duration limit)
{
	const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(limit);
	auto hold = std::make_unique<SharedHold>(gateNow() +
	                                         static_cast<GateTime>(nanoseconds.count()));
	// In one order, so that two holders do not wait for each other.
	auto sorted = volumes;
	std::sort(sorted.begin(), sorted.end());
	sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
	for (const auto &volume : sorted)
		if (auto joined = hold->join(directory_, volume); !joined)
			return tl::unexpected(joined.error());
	if (auto closed = hold->close(); !closed)
		return tl::unexpected(closed.error());
	return hold;
}

} // namespace fss
