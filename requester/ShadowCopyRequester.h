// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"

namespace fss::requester {

/// What IsPathSupported says.
struct PathSupport {
	bool supported = false;
	std::string owner; ///< the machine that makes the shadow copies
};

/// What IsPathShadowCopied says, of the share's whole volume.
struct PathShadowCopied {
	bool present = false;
	int32_t compatibility = 0; ///< MS-FSRVP 2.2.2.3
};

/// Makes and removes shadow copies of SMB shares: the client side of MS-FSRVP
/// over any number of servers. One object serves one thread.
///
/// The catalog is kept by this class: create() records a set before the first
/// snapshot exists, and what is deleted goes from it.
class ShadowCopyRequester {
public:
	virtual ~ShadowCopyRequester() = default;

	/// From IsPathSupported to GetShareMapping, and RecoveryComplete unless
	/// spec.completeLater. On any failure, also of a hook and on cancellation,
	/// writers are thawed and the set is aborted on all its servers; what
	/// could not be taken back stands in Failure::leftBehind and stays in the
	/// catalog.
	virtual Result<ShadowSet> create(const SetSpec &spec) = 0;

	/// Makes an exposed set read-only for good. Returns the set as it is now.
	virtual Result<ShadowSet> recoveryComplete(const ShadowSet &set) = 0;

	/// Takes an unfinished set back on all its servers.
	virtual Result<void> abort(const ShadowSet &set) = 0;

	/// Removes one exposed share, and its snapshot when no other share of the
	/// set needs it (DeleteShareMapping). One that the server does not know
	/// any more counts as removed.
	virtual Result<void> deleteShareMapping(const ShadowSet &set, const ShadowCopy &copy) = 0;

	/// Asks the server again (GetShareMapping); NotFound when it has it no
	/// more. Servers may refuse to tell of recovered sets (Refused, BadState).
	virtual Result<ShadowCopy> mapping(const ShadowCopy &copy) = 0;

	virtual Result<PathSupport> isPathSupported(const Unc &share) = 0;
	virtual Result<PathShadowCopied> isPathShadowCopied(const Unc &share) = 0;
};

} // namespace fss::requester
