// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace fssctl {

/// What fssctl ends with; docs/fssctl.md lists them for scripts.
enum class Exit : int {
	Ok = 0,
	Failed = 1,       ///< the operation failed, or a part of it; stderr says why
	Usage = 2,        ///< unknown command or option, missing argument
	NotFound = 3,     ///< no such set, shadow copy or share
	NoPermission = 4, ///< neither root nor a member of the admin group
	Busy = 5,         ///< others were at work for longer than --wait
	Unusable = 6,     ///< smb.conf, the state store or the Samba version is not usable
	Declined = 7,     ///< the question was not answered with yes, or could not be asked
	Interrupted = 130,
};

} // namespace fssctl
