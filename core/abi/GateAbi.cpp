// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "fss.h"
#include "gate/GateDoor.h"
#include "provider/VolumeOfPath.h"

#include <memory>

struct fss_gate {
	fss::GateDoor door;
};

namespace {

// Of this process: all its connections are served by one thread. They may end
// after main(), and so this never does.
fss::WriterProcess &process = *new fss::WriterProcess;

} // namespace

int fss_gate_open(const char *directory, const char *path, fss_gate_lost lost, void *data,
                  fss_gate **gate, char **detail)
{
	*gate = nullptr;
	return fss::abi::guarded(detail, [&] {
		auto volume = fss::volumeOfPath(path);
		if (!volume)
			return fss::abi::report(volume.error(), detail);
		if (volume->empty())
			return 0;
		// Its address is known once it is there: nothing is lost before.
		auto self = std::make_shared<fss_gate *>(nullptr);
		auto door = fss::GateDoor::open(process, directory, *volume,
		                                [self, lost, data] { lost(*self, data); });
		if (!door)
			return fss::abi::report(door.error(), detail);
		*gate = *self = new fss_gate{std::move(*door)};
		return 0;
	});
}

int fss_gate_rejoin(fss_gate *gate, char **detail)
{
	return fss::abi::guarded(detail, [&] {
		auto joined = gate->door.rejoin();
		return joined ? 0 : fss::abi::report(joined.error(), detail);
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
