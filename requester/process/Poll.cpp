// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/process/Poll.h"

#include "base/Fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss::requester {

namespace {

int millisecondsTo(const std::optional<Deadline> &deadline)
{
	if (!deadline)
		return -1;
	using std::chrono::milliseconds;
	const auto left =
	        std::chrono::ceil<milliseconds>(*deadline - std::chrono::steady_clock::now())
	                .count();
	return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

void take(pid_t pid, int *status)
{
	int ignored = 0;
	while (waitpid(pid, status ? status : &ignored, 0) < 0 && errno == EINTR) {
	}
}

} // namespace

bool pollUntil(std::span<pollfd> fds, std::optional<Deadline> deadline)
{
	for (;;) {
		const int ready = poll(fds.data(), fds.size(), millisecondsTo(deadline));
		if (ready > 0)
			return true;
		if (ready == 0 && millisecondsTo(deadline) == 0)
			return false;
		if (ready < 0 && errno != EINTR)
			return true; // the read that follows says what is wrong
	}
}

Ended waitForEnd(pid_t pid, Deadline deadline, int interrupt, int *status)
{
	const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
	std::array<pollfd, 2> fds{{{pidfd.get(), POLLIN, 0}, {interrupt, POLLIN, 0}}};
	if (pidfd && !pollUntil(fds, deadline))
		return Ended::Deadline;
	if (pidfd && !fds[0].revents)
		return Ended::Interrupted;
	take(pid, status);
	return Ended::Yes;
}

} // namespace fss::requester
