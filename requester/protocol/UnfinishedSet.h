// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/protocol/Messages.h"

#include <functional>
#include <vector>

namespace fss::requester {

/// What was made on one server, seen from its calls: enough to take it back.
class UnfinishedSet {
public:
	struct Copy {
		Guid id;
		std::string share; ///< as AddToShadowCopySet got it
	};

	/// Called with every call that was answered.
	void saw(const Request &request, const Reply &reply);
	/// A set of an earlier connection.
	void assume(const Guid &set, std::vector<Copy> copies);
	/// It is to stay.
	void release() { exists_ = false; }

	bool exists() const { return exists_; }
	const Guid &id() const { return id_; }
	const std::vector<Copy> &copies() const { return copies_; }

private:
	bool exists_ = false;
	Guid id_;
	std::vector<Copy> copies_;
};

/// Makes one call and waits for its answer.
using CallFunction = std::function<Result<Reply>(const Request &)>;

/// Takes a set back, however far it came. MS-FSRVP's Abort is enough on a
/// server that keeps to 3.1.4.8; Samba's own agent answers 0 to it and does
/// nothing once the snapshots are made. So what is there is looked for with
/// DeleteShareMapping, and led on to the state in which it can be deleted.
/// Success: the server has nothing of the set any more.
Result<void> takeBack(const CallFunction &call, const std::string &server,
                      const UnfinishedSet &set);

/// The share mapping is gone: deleted now, or not known to the server any
/// more.
Result<void> deleteMapping(const CallFunction &call, const std::string &server, const Guid &set,
                           const Guid &copy, const std::string &share);

} // namespace fss::requester
