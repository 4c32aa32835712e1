// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/catalog/Catalog.h"
#include "requester/protocol/Owner.h"
#include "requester/set/ServerSide.h"
#include "requester/writers/WriterControl.h"

namespace fss::requester {

/// What a requester works with.
struct Parts {
	Connector &connector;
	const Resolver &resolver;
	OwnerCheck ownerCheck;
	Catalog &catalog;
	WriterControls writers;
	ProgressCallback progress;
	const Cancellation &cancellation;
};

/// Makes one shadow copy set: the sequence of MS-FSRVP 3.2.4 on all servers,
/// step by step together.
class SetMaker {
public:
	SetMaker(const Parts &parts, SetSpec spec);
	Result<ShadowSet> make();

private:
	Result<void> steps();
	Result<void> check() const;
	Result<void> connectAll();
	Result<std::string> ownerOf(const std::string &host,
	                            std::unique_ptr<AgentConnection> &connection);
	Result<void> join(const std::string &host);
	Result<void> begin();
	Result<void> addAll();
	Result<void> prepare();
	Result<void> commit();
	Result<void> expose();
	Result<void> readMappings();
	Result<void> complete();
	Result<void> record(SetState state);
	Failure undo(Failure failure);

	Result<void> everywhere(const Request &request, Deadline deadline);
	Deadline callDeadline() const;
	Result<void> notCancelled() const;
	void say(Phase phase, const std::string &server = {}, const std::string &detail = {}) const;
	Request on(const ServerSide &side, Request request) const;

	const Parts &parts_;
	SetSpec spec_;
	ShadowSet set_;
	std::vector<ServerSide> sides_;
	std::unique_ptr<WriterControl> writers_;
	bool recorded_ = false;
};

/// Connects to a server and agrees on the protocol's version (3.2.4.1.2).
Result<void> negotiate(ServerSide &side, Deadline deadline, const Cancellation &cancellation);

} // namespace fss::requester
