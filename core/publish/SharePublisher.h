// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fss {

/// One share's parameters as in smb.conf, in order.
using ShareParameters = std::vector<std::pair<std::string, std::string>>;

/// A share to publish.
struct Publication {
	std::string name;
	std::string base; ///< the share whose security descriptor is copied
	ShareParameters parameters;
};

/// The running server's share configuration.
class SharePublisher {
public:
	virtual ~SharePublisher() = default;

	/// The definition of a share, from smb.conf or the registry.
	/// Errors: ObjectNotFound.
	virtual Result<ShareParameters> definition(const std::string &share) = 0;
	/// Publishes all or none; repeating it is a success. `mayCommit` is asked
	/// once, when all is written and before any is to be seen.
	virtual Result<void> publish(const std::vector<Publication> &shares,
	                             const std::function<Result<void>()> &mayCommit) = 0;
	/// Disconnects the clients of these shares and takes the shares away;
	/// those that are not there are no error.
	virtual Result<void> unpublish(const std::vector<std::string> &names) = 0;
	/// From now on no new connection to these shares may write.
	virtual Result<void> makeReadOnly(const std::vector<std::string> &names) = 0;
	/// Ends the connections to these shares; their clients may come again.
	virtual void disconnect(const std::vector<std::string> &names) = 0;
	/// Has smbd processes look again at the shares that they know. Without, a
	/// share is found all the same, and one that is gone leads nowhere once its
	/// snapshot is.
	virtual void announce() = 0;
	virtual bool isPublished(const std::string &name) = 0;
};

} // namespace fss
