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
/// How long the changes under way may take before the others are let through
/// again for a while; twice as long each time.
constexpr milliseconds firstPatience{50};

tl::unexpected<Error> tooLate(std::string step, std::string advice)
{
	return fail(HResult::CommitTimeout, std::move(step), 0, std::move(advice));
}

class SharedHold : public WriteHold {
public:
	SharedHold(std::string directory, GateTime until)
	        : directory_(std::move(directory)), until_(until)
	{
	}
	~SharedHold() override { open(); }

	/// A volume whose gate has no file has no writers.
	Result<void> join(const VolumeId &volume);
	/// Closes all gates and waits for the changes under way. Writers that wait
	/// meanwhile may have a lock of Samba's that such a change needs; or it may
	/// take long by itself. So they do not wait for it for long at a time.
	Result<void> close();
	Result<std::chrono::microseconds> release() override;

private:
	void shut();
	void open();
	/// Null once no change is under way, or one that is at that time.
	const GateSlot *drain(GateTime end);
	const GateSlot *drain(GateFile &gate, GateTime end) const;
	/// A writer with a change under way; null: none.
	static const GateSlot *busy(const GateFile &gate, bool lookForDead);

	std::string directory_;
	std::vector<GateFile> gates_;  ///< locked
	std::vector<VolumeId> unused_; ///< volumes without a gate's file
	GateTime until_;
	GateTime closed_ = 0; ///< when; 0: they are open
};

Result<void> SharedHold::join(const VolumeId &volume)
{
	auto found = GateFile::find(directory_, volume);
	if (!found)
		return tl::unexpected(found.error());
	auto &gate = *found;
	while (gate && !gate->tryLock()) {
		if (gateNow() >= until_)
			return tooLate(fmt::format("hold the writers of {}", volume),
			               "another set holds them");
		std::this_thread::sleep_for(milliseconds(1));
	}
	if (gate && gate->isThere())
		gates_.push_back(std::move(*gate));
	else
		unused_.push_back(volume);
	return {};
}

Result<void> SharedHold::close()
{
	for (auto patience = firstPatience;; patience *= 2) {
		shut();
		const auto *const slot = drain(std::min(until_, after(patience)));
		if (slot == nullptr)
			return {};
		const auto pid = slot->pid.load();
		open();
		if (gateNow() >= until_)
			return tooLate("hold the writers",
			               fmt::format("smbd process {} has had a change under way for "
			                           "all that time",
			                           pid));
		std::this_thread::sleep_for(patience / 4);
	}
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

const GateSlot *SharedHold::drain(GateTime end)
{
	for (auto &gate : gates_)
		if (const auto *const slot = drain(gate, end))
			return slot;
	return nullptr;
}

const GateSlot *SharedHold::drain(GateFile &gate, GateTime end) const
{
	for (;;) {
		const auto seen = gate.notes();
		const auto now = gateNow();
		const auto *const slot = busy(gate, now - closed_ > suspicion);
		if (slot == nullptr || now >= end)
			return slot;
		gate.waitForNote(seen, milliseconds(1));
	}
}

void SharedHold::shut()
{
	closed_ = gateNow();
	for (auto &gate : gates_)
		gate.close(until_);
}

void SharedHold::open()
{
	if (closed_ != 0)
		for (auto &gate : gates_)
			gate.reopen();
	closed_ = 0;
}

Result<std::chrono::microseconds> SharedHold::release()
{
	const auto now = gateNow();
	const std::chrono::nanoseconds held(now - closed_);
	const bool whole = std::all_of(gates_.begin(), gates_.end(),
	                               [](const auto &gate) { return gate.isThere(); });
	open();
	gates_.clear();
	if (now >= until_)
		return tooLate("make the snapshots while writers are held",
		               "it took longer than fss:hold timeout");
	if (!whole)
		return fail(HResult::Fail, "hold the writers", EAGAIN,
		            fmt::format("a file in '{}' was damaged meanwhile: leave them alone",
		                        directory_));
	// Whoever connected meanwhile was not held.
	for (const auto &volume : unused_)
		if (GateFile::exists(directory_, volume))
			return fail(HResult::Fail, fmt::format("hold the writers of {}", volume),
			            EAGAIN, "a first client connected to it meanwhile; try again");
	return std::chrono::duration_cast<std::chrono::microseconds>(held);
}

} // namespace

Result<std::unique_ptr<WriteHold>> SharedGate::hold(const std::vector<VolumeId> &volumes,
                                                    Clock::Duration limit)
{
	const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(limit);
	GateFile::removeUnused(directory_);
	auto hold = std::make_unique<SharedHold>(
	        directory_, gateNow() + static_cast<GateTime>(nanoseconds.count()));
	// In one order, so that two holders do not wait for each other.
	auto sorted = volumes;
	std::sort(sorted.begin(), sorted.end());
	sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
	for (const auto &volume : sorted)
		if (auto joined = hold->join(volume); !joined)
			return tl::unexpected(joined.error());
	if (const auto lost = GateFile::findLost(directory_, sorted))
		return fail(HResult::Fail, fmt::format("hold the writers of {}", *lost), 0,
		            fmt::format("their shared memory was damaged, and they may be in the "
		                        "middle of changes: try again in a minute, and leave the "
		                        "files in '{}' alone",
		                        directory_));
	if (auto closed = hold->close(); !closed)
		return tl::unexpected(closed.error());
	return hold;
}

} // namespace fss
