// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/process/Child.h"

#include "requester/process/Poll.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace fss::requester {

namespace {

constexpr size_t longestMessage = 100UL * 1024;
constexpr auto momentToEnd = std::chrono::seconds(2);

// This process's ends of all channels. A child closes them: as long as any
// process has one, the child at its other end does not see this one die.
std::vector<int> &channelEnds()
{
	static std::vector<int> fds;
	return fds;
}

tl::unexpected<Failure> systemFailure(const char *step)
{
	return failed({.kind = FailureKind::Local, .step = step, .reason = std::strerror(errno)});
}

// What the terminal sends to its foreground is for the parent to answer.
void leaveTerminal(Child::Output output)
{
	setsid();
	for (int each : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
		std::signal(each, SIG_IGN);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	if (output == Child::Output::Nowhere)
		dup2(null, STDERR_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close(null);
}

[[noreturn]] void runChild(Child::Output output, const std::function<void(Channel &)> &body, Fd end)
{
	for (int fd : channelEnds())
		close(fd);
	leaveTerminal(output);
	int code = 0;
	try {
		Channel channel(std::move(end));
		body(channel);
	} catch (...) {
		code = 1; // the parent sees the channel end
	}
	_exit(code); // not exit(): buffers and handlers are the parent's
}

} // namespace

bool Channel::send(const std::string &message) const
{
	ssize_t sent;
	do
		sent = ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == static_cast<ssize_t>(message.size());
}

std::optional<std::string> Channel::receive() const
{
	std::string message(longestMessage, '\0');
	ssize_t got;
	do
		got = recv(fd_.get(), message.data(), message.size(), 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return std::nullopt;
	message.resize(static_cast<size_t>(got));
	return message;
}

bool Channel::wait(std::optional<Deadline> deadline) const
{
	std::array<pollfd, 1> fds{{{fd_.get(), POLLIN, 0}}};
	return pollUntil(fds, deadline);
}

Child::Child(pid_t pid, Channel channel) : pid_(pid), channel_(std::move(channel))
{
	channelEnds().push_back(channel_.fd());
}

Child::Child(Child &&other) noexcept
        : pid_(std::exchange(other.pid_, -1)), channel_(std::move(other.channel_))
{
}

Result<Child> Child::start(Output output, const std::function<void(Channel &)> &body)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return systemFailure("make a socket pair");
	Fd ours(pair[0]);
	Fd theirs(pair[1]);
	const pid_t pid = fork();
	if (pid < 0)
		return systemFailure("fork");
	if (pid == 0) {
		ours.reset();
		runChild(output, body, std::move(theirs));
	}
	return Child(pid, Channel(std::move(ours)));
}

Child::~Child()
{
	if (pid_ < 0)
		return;
	hangUp();
	waitForEnd(pid_, in(momentToEnd), -1);
}

void Child::hangUp()
{
	std::erase(channelEnds(), channel_.fd());
	channel_.close();
}

void Child::kill()
{
	::kill(pid_, SIGKILL);
}

Waited waitFor(const Channel &channel, Deadline deadline, const Cancellation &cancellation)
{
	std::array<pollfd, 2> fds{{{channel.fd(), POLLIN, 0}, {cancellation.fd(), POLLIN, 0}}};
	if (!pollUntil(fds, deadline))
		return Waited::Deadline;
	return fds[0].revents ? Waited::Message : Waited::Cancelled;
}

} // namespace fss::requester
