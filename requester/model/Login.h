// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace fss::requester {

/// What --use-kerberos says.
enum class Kerberos {
	Off,
	Desired, ///< else NTLM
	Required
};

/// Who this is to the servers, as Samba's options on the command line gave it;
/// for what does not go over the RPC client: reading exposed shares.
struct Login {
	std::string domain;
	std::string user;     ///< or principal, where Kerberos is required and a password given
	std::string password; ///< empty where a ticket has to do
	bool passwordIsNtHash = false; ///< in hexadecimal digits
	Kerberos kerberos = Kerberos::Off;
	std::string configFile; ///< smb.conf of -s; empty: Samba's own
	uint16_t port = 0;      ///< 0: SMB's own
};

} // namespace fss::requester
