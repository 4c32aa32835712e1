// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/RemoteTree.h"
#include "requester/model/Login.h"

#include <chrono>

namespace fss::requester {

/// A place on a share.
struct SmbPlace {
	std::string host;
	std::string share;
	std::string path; ///< below the share, with "/"; empty: all of it

	std::string unc() const;
};

/// To be called first of all in main(): tells Samba's libraries that there are
/// threads, which they have to know before their first use.
void allowThreads();

/// Connections through libsmbclient, a context of its own for each.
Connect smbConnect(const SmbPlace &place, const Login &login,
                   std::chrono::milliseconds timeout = std::chrono::seconds(60));

/// The part of an smb:// address behind the scheme, for libsmbclient: all but
/// letters, digits and "-._~" is escaped, for "@" and "?" mean something there.
std::string escapedAddress(const std::string &host, const std::string &share,
                           const std::string &path);

/// A security descriptor as libsmbclient tells it, in the form that it takes:
/// access masks are decimal there. A hexadecimal one it reads as no rights.
std::string settableDescriptor(const std::string &text);

} // namespace fss::requester
