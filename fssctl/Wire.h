// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"

#include <array>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

/// What a client and "fssctl serve" send each other: over a Unix socket of type
/// SOCK_SEQPACKET, one message each way.
namespace fssctl::wire {

inline constexpr size_t maximumRequest = 65'536; ///< bytes of arguments
inline constexpr size_t descriptors = 3;         ///< stdin, stdout, stderr

struct Request {
	std::vector<std::string> arguments; ///< without the program's name
	std::array<fss::Fd, descriptors> files;
};

struct Reply {
	int exit = 0;
	std::string text; ///< for stderr; "" where the job has said all
};

fss::Result<void> sendRequest(int socket, const std::vector<std::string> &arguments);
/// Errors: InvalidArg for anything that is no request.
fss::Result<Request> receiveRequest(int socket);
void sendReply(int socket, const Reply &reply);
fss::Result<Reply> receiveReply(int socket);

/// Errors: InvalidArg for a path that is too long.
fss::Result<sockaddr_un> addressOf(const std::string &path);

} // namespace fssctl::wire
