// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/protocol/AgentConnection.h"

#include <optional>
#include <poll.h>
#include <span>
#include <sys/types.h>

namespace fss::requester {

/// poll() that goes on after signals; false at the deadline. Without one it
/// waits for ever.
bool pollUntil(std::span<pollfd> fds, std::optional<Deadline> deadline);

enum class Ended { Yes, Deadline, Interrupted };

/// Waits for a child process's end, and takes its status; ends early when
/// interrupt (a descriptor, -1: none) becomes readable.
Ended waitForEnd(pid_t pid, Deadline deadline, int interrupt, int *status = nullptr);

} // namespace fss::requester
