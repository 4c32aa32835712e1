// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "requester/model/Failure.h"
#include "requester/model/Watch.h"
#include "requester/protocol/AgentConnection.h"

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace fss::requester {

/// One end of a socket between this process and a forked one. A message is a
/// packet of at most 100 KiB.
class Channel {
public:
	explicit Channel(Fd fd) : fd_(std::move(fd)) {}

	int fd() const { return fd_.get(); }
	/// False when the other end is gone.
	bool send(const std::string &message) const;
	/// The next message, waited for; nothing when the other end is gone.
	std::optional<std::string> receive() const;
	/// Whether something is to be received within that time.
	bool wait(std::optional<Deadline> deadline) const;
	void close() { fd_.reset(); }

private:
	Fd fd_;
};

/// A forked process that does one thing and outlives this one for as long as
/// it takes to put that in order: when this process dies, however, the
/// child's channel ends. It is out of reach of the terminal's signals.
class Child {
public:
	/// Where what it prints goes.
	enum class Output {
		Errors,  ///< all to this process's standard error
		Nowhere, ///< whoever waits for the end of that does not wait for the child
	};

	/// Calls body in the child, which ends when body returns. Must be called
	/// while this process has one thread.
	static Result<Child> start(Output output, const std::function<void(Channel &)> &body);

	Child(Child &&) noexcept;
	Child &operator=(Child &&) = delete;
	/// Ends the channel, and gives the child a moment to end; it is not killed.
	~Child();

	Channel &channel() { return channel_; }
	/// Ends the channel now.
	void hangUp();
	/// For one that has nothing to put in order.
	void kill();

private:
	Child(pid_t pid, Channel channel);

	pid_t pid_;
	Channel channel_;
};

/// How a wait for a child's message ended.
enum class Waited { Message, Deadline, Cancelled };

/// Waits for a message, the deadline or the cancellation, in this order of
/// precedence.
Waited waitFor(const Channel &channel, Deadline deadline, const Cancellation &cancellation);

} // namespace fss::requester
