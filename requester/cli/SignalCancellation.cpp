// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/SignalCancellation.h"

#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>

namespace fss::requester {

SignalCancellation::SignalCancellation()
{
	sigset_t signals;
	sigemptyset(&signals);
	for (int each : {SIGINT, SIGTERM, SIGHUP})
		sigaddset(&signals, each);
	sigprocmask(SIG_BLOCK, &signals, nullptr);
	fd_ = Fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

bool SignalCancellation::requested() const
{
	pollfd fd{fd_.get(), POLLIN, 0};
	return poll(&fd, 1, 0) > 0;
}

} // namespace fss::requester
