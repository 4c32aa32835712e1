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
/// How often a process that could not join a new file tries to.
constexpr std::chrono::milliseconds rejoinPause{5000};

} // namespace

bool WriterProcess::isAwaited() const
{
	return pending != 0 && std::any_of(doors.begin(), doors.end(),
	                                   [](const auto *door) { return door->isAwaited(); });
}

Result<GateDoor::Way> GateDoor::join(const std::string &directory, const VolumeId &volume)
{
	for (;;) {
		auto file = GateFile::open(directory, volume);
		if (!file)
			return tl::unexpected(file.error());
		auto slot = file->claim();
		if (slot)
			return Way{std::move(*file), *slot};
		if (slot.error().errnum != ESTALE)
			return tl::unexpected(slot.error());
	}
}

Result<GateDoor> GateDoor::open(WriterProcess &process, const std::string &directory,
                                const VolumeId &volume, OnLoss onLoss)
{
	auto way = join(directory, volume);
	if (!way)
		return tl::unexpected(way.error());
	return GateDoor(process, directory, volume, std::move(*way), std::move(onLoss));
}

Result<void> GateDoor::rejoin()
{
	file_.noteOutside();
	auto way = join(directory_, volume_);
	if (!way)
		return tl::unexpected(way.error());
	way->slot->inside = pending_;
	file_ = std::move(way->file);
	slot_ = way->slot;
	nextTry_ = 0;
	return {};
}

GateDoor::GateDoor(WriterProcess &process, std::string directory, VolumeId volume, Way way,
                   OnLoss onLoss)
        : process_(&process),
          directory_(std::move(directory)),
          volume_(std::move(volume)),
          onLoss_(std::move(onLoss)),
          file_(std::move(way.file)),
          slot_(way.slot)
{
	process_->doors.push_back(this);
}

GateDoor::GateDoor(GateDoor &&other) noexcept
        : process_(other.process_),
          directory_(std::move(other.directory_)),
          volume_(std::move(other.volume_)),
          onLoss_(std::move(other.onLoss_)),
          nextTry_(other.nextTry_),
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
		if (process_->isAwaited() || (file_.isLost() && !comeBack())) {
			slot_->inside++;
			return;
		}
		file_.waitUntilOpen(process_->pending != 0 ? pendingCheck : holderCheck);
	} while (!tryEnterSlot());
}

bool GateDoor::comeBack()
{
	if (gateNow() >= nextTry_) {
		nextTry_ = after(rejoinPause);
		if (onLoss_)
			onLoss_();
		else
			(void)rejoin();
	}
	return !file_.isLost();
}

bool GateDoor::tryPass()
{
	if (!file_.isLost())
		return file_.mayPass() && tryEnterSlot();
	// A change that this thread is in the middle of leaves where it has entered.
	if (process_->nested != 0)
		return false;
	if (comeBack())
		return tryEnterSlot();
	slot_->inside++;
	return true;
}

bool GateDoor::tryEnterPending()
{
	if (!tryEnterSlot() && !tryPass())
		return false;
	process_->pending++;
	pending_++;
	return true;
}

} // namespace fss
