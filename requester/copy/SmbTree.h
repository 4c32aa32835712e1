// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/RemoteTree.h"
#include "requester/copy/SmbPlace.h"
#include "requester/model/Login.h"

#include <chrono>

namespace fss::requester {

/// To be called first of all in main(): tells Samba's libraries that there are
/// threads, which they have to know before their first use.
void allowThreads();

/// Connections through libsmbclient, a context of its own for each; and beside
/// it, as soon as files are read, a BackupAccess.
Connect smbConnect(const SmbPlace &place, const Login &login,
                   std::chrono::milliseconds timeout = std::chrono::seconds(60));

} // namespace fss::requester
