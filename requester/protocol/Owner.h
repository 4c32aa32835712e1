// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"

#include <string>
#include <vector>

namespace fss::requester {

/// Looks names up.
class Resolver {
public:
	virtual ~Resolver() = default;
	/// A name's or address's addresses as text; empty where it has none.
	virtual std::vector<std::string> addresses(const std::string &host) const = 0;
};

class SystemResolver : public Resolver {
public:
	std::vector<std::string> addresses(const std::string &host) const override;
};

/// How far a server is believed that names another machine to go on with
/// (OwnerMachineName): the user's credentials are shown to that machine.
enum class OwnerCheck {
	Server, ///< only to the machine that was named in the first place
	Domain, ///< also to machines of its DNS domain
	Any,    ///< to any
	Ignore, ///< never; go on with the machine that was named
};

/// Where to go on.
struct OwnerDecision {
	std::string host;   ///< to connect to
	std::string reason; ///< one sentence
};

/// MS-FSRVP 3.2.4.1 has a client connect anew to the owner. A server must not
/// lead it to just anyone: with an owner of another domain this fails.
Result<OwnerDecision> decideOwner(const std::string &host, const std::string &owner,
                                  OwnerCheck check, const Resolver &resolver);

/// Whether two hosts have an address in common.
bool sameMachine(const std::string &a, const std::string &b, const Resolver &resolver);

} // namespace fss::requester
