// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace fss::requester {

/// A place on a share.
struct SmbPlace {
	std::string host;
	std::string share;
	std::string path; ///< below the share, with "/"; empty: all of it

	std::string unc() const;
};

/// The part of an smb:// address behind the scheme, for libsmbclient: all but
/// letters, digits and "-._~" is escaped, for "@" and "?" mean something there.
std::string escapedAddress(const std::string &host, const std::string &share,
                           const std::string &path);

} // namespace fss::requester
