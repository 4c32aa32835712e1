// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"
#include "gate/BusGuard.h"
#include "provider/Volume.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace fss {

/// Nanoseconds of CLOCK_MONOTONIC, which all processes share. 0: none.
using GateTime = uint64_t;

GateTime gateNow();
GateTime after(std::chrono::milliseconds time);

/// What one writer has under way; only the writer changes it.
struct alignas(64) GateSlot {
	std::atomic<uint32_t> inside; ///< changes under way
	std::atomic<int32_t> pid;     ///< of the writer; 0: the slot is free
	std::atomic<uint64_t> start;  ///< Owner::startTime of the writer

	/// Whether its writer still lives.
	bool alive() const;
};

/// The shared memory of one volume's gate: a file that agent and smbd
/// processes map. Holders are serialised by a lock on the file, which the
/// kernel takes back when its holder dies.
class GateFile {
public:
	static constexpr size_t maximumSlots = 65536;

	/// Opens the volume's file in that directory, making both where need be.
	/// directory: absolute, root's; its parent must exist.
	/// Errors: Fail, with what to change.
	static Result<GateFile> open(const std::string &directory, const VolumeId &volume);
	/// Opens the volume's file where there is one, and makes nothing.
	static Result<std::optional<GateFile>> find(const std::string &directory,
	                                            const VolumeId &volume);
	static bool exists(const std::string &directory, const VolumeId &volume);
	/// Removes the files that no writer and no holder has: those of volumes that
	/// are gone are among them, and of one that is not it is made anew. What
	/// cannot be removed stays.
	static void removeUnused(const std::string &directory);
	/// One of the volumes whose file was lost, with writers that may be in the middle
	/// of changes that no other file shows.
	static std::optional<VolumeId> findLost(const std::string &directory,
	                                        const std::vector<VolumeId> &volumes);

	GateFile(GateFile &&other) noexcept;
	GateFile &operator=(GateFile &&other) noexcept;
	~GateFile();

	/// A slot for this process, its to free by pid = 0.
	/// Errors: Fail where there is no room; ESTALE where the file was removed or cut
	/// short since it was opened.
	Result<GateSlot *> claim();
	/// Slots that were ever claimed.
	GateSlot *slots() const;
	size_t slotCount() const { return header_->slots.load(std::memory_order_acquire); }

	// --- the gate: closed while a deadline stands that is not past
	GateTime heldUntil() const { return header_->heldUntil.load(); }
	void close(GateTime until) { setHeldUntil(until); }
	/// Opens, and wakes all who wait.
	void reopen();
	/// Waits until the gate opens or its deadline passes, for at most that long;
	/// opens it where its holder is dead.
	void waitUntilOpen(std::chrono::milliseconds limit);
	/// For whoever waits without blocking: whether it may try again.
	bool mayPass();

	/// Whether somebody has cut the file short, or else damaged it: what is mapped here
	/// is nobody else's any more, and all that is left is to open it anew.
	bool isLost() const { return heldUntil() == lost; }
	/// Says so in the lost file, for findLost(): a writer has gone on outside the gate.
	void noteOutside() const;

	// --- the holder's lock
	/// Takes the lock where nobody has it.
	bool tryLock();
	void unlock();
	/// Whether the file still has its name, which it keeps while it is locked, and is whole.
	bool isThere() const;

	// --- the holder waits for writers
	/// Wakes a holder that waits, after a writer has left.
	void noteLeft();
	/// The count of such notes, and a wait until it is another, for at most
	/// that long.
	uint32_t notes() const { return header_->left.load(); }
	void waitForNote(uint32_t seen, std::chrono::milliseconds limit);

private:
	/// Instead of a deadline.
	static constexpr GateTime lost = BusGuard::replaced;

	struct Header {
		char magic[8];
		uint32_t version;
		char boot[44];
		alignas(64) std::atomic<GateTime> heldUntil; ///< 0: open
		std::atomic<uint32_t> opened; ///< futex: another number after each opening
		alignas(64) std::atomic<uint32_t> left; ///< futex of waitForNote()
		alignas(64) std::atomic<uint32_t> slots;
	};

	GateFile(Fd fd, void *memory);
	static Result<GateFile> map(Fd fd, const std::string &path);
	static Result<void> initialise(int fd, const std::string &path);
	static bool isWhole(int fd);
	/// The file if it is whole; nothing where there is none, or one that was not,
	/// which is put aside.
	static Result<std::optional<GateFile>> openWhole(int directory, const std::string &path);
	static Result<void> putAside(int directory, const std::string &path, int fd);
	static void removeLost(int directory, const std::string &name);
	bool isUsed() const;
	/// Unless the file is lost, which stays so.
	void setHeldUntil(GateTime until);
	static size_t offsetOf(size_t slot);
	/// Whether a process holds the lock.
	bool isLocked() const;

	Fd fd_;
	Header *header_;
	std::unique_ptr<BusGuard> guard_;
};

} // namespace fss
