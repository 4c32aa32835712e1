// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/protocol/AgentConnection.h"
#include "requester/protocol/Owner.h"
#include "requester/writers/WriterControl.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fss::requester {

/// What goes wrong with one call.
enum class Fault {
	Refused, ///< an error is answered
	Cut,     ///< the connection breaks before the server gets the request
	Lost,    ///< the server does it, and the connection breaks before the reply
};

/// Servers with shadow copy agents in memory, behind the connections that a
/// requester makes.
class FakeAgents : public Connector, public Resolver {
public:
	struct Copy {
		Guid id;
		std::string share;
	};
	enum class Status { Started, Added, Committed, Exposed, Recovered };
	struct Set {
		Status status = Status::Started;
		std::vector<Copy> copies;
	};
	struct Server {
		std::set<std::string> shares;
		std::string owner;               ///< empty: the server
		std::map<std::string, Set> sets; ///< by id
		/// As Samba's own agent: once snapshots are made Abort answers 0 and does nothing.
		bool abortsNothing = false;
		bool down = false;
		bool contextSet = false;
		uint32_t maxVersion = 1;
	};

	std::map<std::string, Server> servers;
	std::map<std::string, std::string>
	        addressOf; ///< for those that are not a machine of their own
	/// Every call, "fs1 CommitShadowCopySet", when it is sent; connects, replies and what
	/// writers do, too.
	std::vector<std::string> log;
	/// The call of that number (connects count) goes wrong.
	std::optional<size_t> faultAt;
	Fault fault = Fault::Refused;
	uint32_t faultCode = 0x80004005;
	size_t calls = 0;
	/// The whole server is gone from that fault on.
	bool faultKillsServer = false;
	size_t released = 0;

	Result<std::unique_ptr<AgentConnection>> connect(const std::string &host, Deadline deadline,
	                                                 const Cancellation &cancellation) override;
	std::vector<std::string> addresses(const std::string &host) const override;

	/// All sets on all servers.
	size_t sets() const;
	size_t count(const std::string &line) const;
	/// Where in the log; its size when it is not there.
	size_t at(const std::string &line) const;

	/// For a connection.
	Reply answer(const std::string &host, const Request &request);
	bool faultNow();
};

/// Writers that note what they do in the agents' log.
class FakeWriters : public WriterControl {
public:
	explicit FakeWriters(FakeAgents &agents) : agents_(agents) {}
	Result<void> freeze(const Cancellation &cancellation) override;
	Result<void> thaw() override;
	Deadline frozenUntil() const override { return Deadline::max(); }

private:
	FakeAgents &agents_;
	bool frozen_ = false;
};

/// Requested from the given entry of the agents' log on.
class CancelledAt : public Cancellation {
public:
	CancelledAt(const FakeAgents &agents, size_t entries) : agents_(agents), entries_(entries)
	{
	}
	bool requested() const override { return agents_.log.size() >= entries_; }
	int fd() const override { return -1; }

private:
	const FakeAgents &agents_;
	size_t entries_;
};

} // namespace fss::requester
