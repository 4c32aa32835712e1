// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"

#include <string>
#include <sys/socket.h>
#include <vector>

namespace fssctl {

/// Who is at the other end of a Unix socket, as the kernel knows it from when
/// it connected.
struct Peer {
	ucred credentials{};
	std::vector<gid_t> groups; ///< supplementary

	static fss::Result<Peer> of(int socket);
};

/// Whether the peer is root, or in the group by its process or, where that is
/// older than the membership, by the account database.
/// Errors: AccessDenied, with who has to do what.
fss::Result<void> checkMember(const Peer &peer, const std::string &group);

} // namespace fssctl
