// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/worker/Worker.h"

#include "requester/protocol/UnfinishedSet.h"
#include "requester/worker/Wire.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

// How long a reply is waited for after a cancellation.
constexpr auto cancelGrace = std::chrono::seconds(5);

class WorkerConnection : public AgentConnection {
public:
	WorkerConnection(std::string host, Child child)
	        : host_(std::move(host)), child_(std::move(child))
	{
	}

	const std::string &host() const override { return host_; }
	bool usable() const override { return usable_; }
	Child &child() { return child_; }

	void send(const Request &request) override
	{
		step_ = name(request.method);
		child_.channel().send(encode(request));
	}

	void release() override { child_.channel().send(encodeRelease()); }

	Result<Reply> receive(Deadline deadline, const Cancellation &cancellation) override
	{
		Waited waited = waitFor(child_.channel(), deadline, cancellation);
		if (waited == Waited::Cancelled &&
		    child_.channel().wait(std::min(deadline, in(cancelGrace))))
			waited = Waited::Message;
		if (waited != Waited::Message)
			return gaveUp(waited);
		const auto message = child_.channel().receive();
		auto reply = message ? decodeReply(*message) : failed(ended());
		usable_ = reply.has_value();
		return reply;
	}

private:
	Result<Reply> gaveUp(Waited waited)
	{
		usable_ = false;
		child_.hangUp(); // the worker goes on by itself from here
		const bool cancelled = waited == Waited::Cancelled;
		return failed({.kind = cancelled ? FailureKind::Cancelled : FailureKind::TimedOut,
		               .server = host_,
		               .step = step_,
		               .reason = cancelled ? "interrupted while the server had not answered"
		                                   : "the server has not answered in time"});
	}

	Failure ended() const
	{
		return {.kind = FailureKind::Unreachable,
		        .server = host_,
		        .step = step_,
		        .reason = "the process that talks to it has ended"};
	}

	std::string host_;
	Child child_;
	std::string step_ = "connect";
	bool usable_ = true;
};

} // namespace

void work(Channel &channel, const std::string &host, const Dial &dial)
{
	auto connected = dial();
	channel.send(connected ? encode(Reply{}) : encode(connected.error()));
	if (!connected)
		return;
	const auto &call = *connected;
	UnfinishedSet set;
	bool broken = false;
	while (const auto message = channel.receive()) {
		const auto request = decodeRequest(*message);
		if (!request) {
			set.release();
			continue;
		}
		auto reply = call(*request);
		if (reply)
			set.saw(*request, *reply);
		broken = !reply;
		channel.send(reply ? encode(*reply) : encode(reply.error()));
	}
	if (!set.exists())
		return;
	// After a connection that broke the set may still be there.
	if (auto anew = broken ? dial() : connected)
		(void)takeBack(*anew, host, set);
}

Result<std::unique_ptr<AgentConnection>> startWorker(const std::string &host, const Dial &dial,
                                                     Child::Output output, Deadline deadline,
                                                     const Cancellation &cancellation)
{
	auto child = Child::start(output, [&](Channel &channel) { work(channel, host, dial); });
	if (!child)
		return failed(child.error());
	auto connection = std::make_unique<WorkerConnection>(host, std::move(*child));
	if (auto connected = connection->receive(deadline, cancellation); !connected) {
		connection->child().kill(); // it has nothing to take back
		return failed(connected.error());
	}
	return connection;
}

} // namespace fss::requester
