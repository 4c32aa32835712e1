// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gate/GateFile.h"

#include <functional>
#include <string>
#include <vector>

namespace fss {

class GateDoor;

/// What a writer process has under way at all its doors. Its one thread may
/// not wait at a door while it has to end something itself first: the holder
/// would wait for that, and it for the holder.
struct WriterProcess {
	unsigned nested = 0;  ///< changes this thread is in the middle of
	unsigned pending = 0; ///< changes that end later, on this thread
	std::vector<const GateDoor *> doors;

	/// Whether a holder waits for a change that is pending here.
	bool isAwaited() const;
};

/// A connection's way through the gate of its volume. To be used on one thread.
class GateDoor {
public:
	/// Called when the gate's file was lost, at the beginning of a change: the time to
	/// rejoin(), and to say so. Again and again while that does not succeed.
	using OnLoss = std::function<void()>;

	/// onLoss: none is to rejoin() and to say nothing.
	/// Errors: as of GateFile::open() and claim().
	static Result<GateDoor> open(WriterProcess &process, const std::string &directory,
	                             const VolumeId &volume, OnLoss onLoss = {});
	/// Goes through the volume's new file from now on. Until then the process goes on
	/// outside the gate, and sets of the volume fail.
	/// Errors: as of open().
	Result<void> rejoin();
	GateDoor(GateDoor &&other) noexcept;
	GateDoor &operator=(GateDoor &&) = delete;
	~GateDoor();

	/// Begins a change that ends on this stack: waits while writers are held.
	void enter()
	{
		if (process_->nested != 0)
			slot_->inside++;
		else if (!tryEnterSlot()) [[unlikely]]
			waitToEnter();
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
		pending_--;
		leaveSlot();
	}

	/// Whether a holder waits for a change that is pending at this door.
	bool isAwaited() const
	{
		return pending_ != 0 && file_.heldUntil() != 0 && !file_.isLost();
	}

private:
	/// What is opened and claimed, once at open() and again at rejoin().
	struct Way {
		GateFile file;
		GateSlot *slot;
	};
	static Result<Way> join(const std::string &directory, const VolumeId &volume);
	GateDoor(WriterProcess &process, std::string directory, VolumeId volume, Way way,
	         OnLoss onLoss);
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
	void waitToEnter();
	/// Whether the door is one of a gate again.
	bool comeBack();
	/// Past a gate that is lost, or only seemed to be closed.
	bool tryPass();
	void leaveSlot()
	{
		slot_->inside.fetch_sub(1);
		if (file_.heldUntil() != 0) [[unlikely]]
			file_.noteLeft();
	}

	WriterProcess *process_;
	std::string directory_;
	VolumeId volume_;
	OnLoss onLoss_;
	GateTime nextTry_ = 0; ///< to come back
	GateFile file_;
	GateSlot *slot_;
	unsigned pending_ = 0; ///< the door's part of the process's
};

} // namespace fss
