// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/GateDoor.h"

#include <utility>

namespace fss {

Result<GateDoor> GateDoor::open(WriterProcess &process, const std::string &directory,
                                const VolumeId &volume)
{
	auto file = GateFile::open(directory, volume);
	if (!file)
		return tl::unexpected(file.error());
	auto slot = file->claim();
	if (!slot)
		return tl::unexpected(slot.error());
	return GateDoor(process, std::move(*file), **slot);
}

GateDoor::GateDoor(GateDoor &&other) noexcept
    : process_(other.process_),
      file_(std::move(other.file_)),
      slot_(std::exchange(other.slot_, nullptr))
{
}

GateDoor::~GateDoor()
{
	if (slot_ == nullptr)
		return;
	slot_->inside = 0;
	slot_->pid = 0;
}

bool GateDoor::tryEnterPending()
{
	if (!tryEnterSlot()) {
		if (!file_.mayPass() || !tryEnterSlot())
			return false;
	}
	process_->pending++;
	return true;
}

} // namespace fss
