// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <string>

namespace fss {

/// A client before a share whose scripts decide who may connect: "root preexec" and
/// "preexec" where they close the connection.
struct GuardQuestion {
	std::string share;
	std::string path; ///< the share's directory
	std::string user; ///< Unix name of who asks for the shadow copy; "": root
	std::string address;
};

/// Runs these scripts as smbd does when a client connects.
class ShareGuard {
public:
	virtual ~ShareGuard() = default;

	/// Waits for their end, for a bounded time; may be called on any thread.
	/// Errors: NotSupported where one refuses, or cannot be asked.
	virtual Result<void> ask(const GuardQuestion &question) = 0;
};

} // namespace fss
