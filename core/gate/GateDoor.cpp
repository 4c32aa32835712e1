// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/GateDoor.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fss {

namespace {

/// How often a process with changes pending looks, while it waits, whether a
/// hold has begun that waits for them.
constexpr std::chrono::milliseconds pendingCheck{1};
/// How often a waiting writer looks whether the holder lives.
constexpr std::chrono::milliseconds holderCheck{200};

} // namespace

bool WriterProcess::isAwaited() const
{
	return pending != 0 && std::any_of(doors.begin(), doors.end(),
	                                   [](const auto *door) { return door->isAwaited(); });
}

Result<GateDoor> GateDoor::open(WriterProcess &process, const std::string &directory,
                                const VolumeId &volume)
{
	for (;;) {
		auto file = GateFile::open(directory, volume);
		if (!file)
			return tl::unexpected(file.error());
		auto slot = file->claim();
		if (slot)
			return GateDoor(process, std::move(*file), **slot);
		if (slot.error().errnum != ESTALE)
			return tl::unexpected(slot.error());
	}
}

GateDoor::GateDoor(WriterProcess &process, GateFile file, GateSlot &slot)
        : process_(&process), file_(std::move(file)), slot_(&slot)
{
	process_->doors.push_back(this);
}

GateDoor::GateDoor(GateDoor &&other) noexcept
        : process_(other.process_),
          file_(std::move(other.file_)),
          slot_(std::exchange(other.slot_, nullptr)),
          pending_(std::exchange(other.pending_, 0))
{
	std::replace(process_->doors.begin(), process_->doors.end(),
	             static_cast<const GateDoor *>(&other), static_cast<const GateDoor *>(this));
}

GateDoor::~GateDoor()
{
	if (slot_ == nullptr)
		return;
	std::erase(process_->doors, this);
	process_->pending -= pending_;
	slot_->inside = 0;
	slot_->pid = 0;
}

void GateDoor::waitToEnter()
{
	do {
		if (process_->isAwaited()) {
			slot_->inside++;
			return;
		}
		file_.waitUntilOpen(process_->pending != 0 ? pendingCheck : holderCheck);
	} while (!tryEnterSlot());
}

bool GateDoor::tryEnterPending()
{
	if (!tryEnterSlot()) {
		if (!file_.mayPass() || !tryEnterSlot())
			return false;
	}
	process_->pending++;
	pending_++;
	return true;
}

} // namespace fss
