// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate/GateFile.h"

namespace fss {

/// What a writer process has under way at all its doors. Its one thread may
/// not wait at a door while it has to end something itself first: the holder
/// would wait for that, and it for the holder.
struct WriterProcess {
	unsigned nested = 0;  ///< changes this thread is in the middle of
	unsigned pending = 0; ///< changes that end later, on this thread

	bool mayWait() const { return nested == 0 && pending == 0; }
};

/// A connection's way through the gate of its volume. To be used on one thread.
class GateDoor {
public:
	/// Errors: as of GateFile::open() and claim().
	static Result<GateDoor> open(WriterProcess &process, const std::string &directory,
	                             const VolumeId &volume);
	GateDoor(GateDoor &&other) noexcept;
	GateDoor &operator=(GateDoor &&) = delete;
	~GateDoor();

	/// Begins a change that ends on this stack: waits while writers are held.
	void enter()
	{
		if (process_->mayWait())
			waitToEnter();
		else
			slot_->inside++;
		process_->nested++;
	}
	void leave()
	{
		process_->nested--;
		leaveSlot();
	}

	/// Begins a change that ends later; false where writers are held: to be
	/// tried again.
	bool tryEnterPending();
	void leavePending()
	{
		process_->pending--;
		leaveSlot();
	}

private:
	GateDoor(WriterProcess &process, GateFile file, GateSlot &slot)
	    : process_(&process), file_(std::move(file)), slot_(&slot)
	{
	}
	bool tryEnterSlot()
	{
		// The holder closes and then reads the slot; we write the slot and
		// then look: one of the two sees the other.
		slot_->inside.fetch_add(1);
		if (file_.heldUntil() == 0) [[likely]]
			return true;
		leaveSlot();
		return false;
	}
	void waitToEnter()
	{
		while (!tryEnterSlot())
			file_.waitUntilOpen();
	}
	void leaveSlot()
	{
		slot_->inside.fetch_sub(1);
		if (file_.heldUntil() != 0) [[unlikely]]
			file_.noteLeft();
	}

	WriterProcess *process_;
	GateFile file_;
	GateSlot *slot_;
};

} // namespace fss
