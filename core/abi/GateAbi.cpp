// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "fss.h"
#include "gate/GateDoor.h"
#include "provider/VolumeOfPath.h"

struct fss_gate {
	fss::GateDoor door;
};

namespace {

// Of this process: all its connections are served by one thread. They may end
// after main(), and so this never does.
fss::WriterProcess &process = *new fss::WriterProcess;

} // namespace

int fss_gate_open(const char *directory, const char *path, fss_gate **gate, char **detail)
{
	*gate = nullptr;
	return fss::abi::guarded(detail, [&] {
		auto volume = fss::volumeOfPath(path);
		if (!volume)
			return fss::abi::report(volume.error(), detail);
		if (volume->empty())
			return 0;
		auto door = fss::GateDoor::open(process, directory, *volume);
		if (!door)
			return fss::abi::report(door.error(), detail);
		*gate = new fss_gate{std::move(*door)};
		return 0;
	});
}

void fss_gate_close(fss_gate *gate)
{
	delete gate;
}

void fss_gate_enter(fss_gate *gate)
{
	if (gate == nullptr)
		return;
	const int saved = errno;
	gate->door.enter();
	errno = saved;
}

void fss_gate_leave(fss_gate *gate)
{
	if (gate == nullptr)
		return;
	const int saved = errno;
	gate->door.leave();
	errno = saved;
}

bool fss_gate_enter_pending(fss_gate *gate)
{
	return gate == nullptr || gate->door.tryEnterPending();
}

void fss_gate_leave_pending(fss_gate *gate)
{
	if (gate != nullptr)
		gate->door.leavePending();
}
