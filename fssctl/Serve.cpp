// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/Environment.h"
#include "fssctl/Interrupt.h"
#include "fssctl/Job.h"
#include "fssctl/Members.h"
#include "fssctl/Service.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fssctl {

using fss::fail;
using fss::Fd;
using fss::HResult;
using fss::Result;

namespace {

constexpr int systemdDescriptor = 3; // sd_listen_fds(3)
constexpr size_t maximumClients = 64;
constexpr timeval requestTimeout{10, 0};

// A socket that systemd has opened for this process, if it has.
std::optional<Fd> handedOver()
{
	if (environment("LISTEN_PID") != std::to_string(getpid()) ||
	    std::atoi(environment("LISTEN_FDS").c_str()) < 1)
		return std::nullopt;
	return Fd(systemdDescriptor);
}

// Only what is left of a service that has ended makes room for this one.
Result<void> clear(const std::string &path, const sockaddr_un &address)
{
	struct stat info {};
	if (lstat(path.c_str(), &info) != 0)
		return {};
	if (!S_ISSOCK(info.st_mode))
		return fail(HResult::Fail, fmt::format("'{}' exists and is no socket", path));
	const Fd probe(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (connect(probe.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) ==
	    0)
		return fail(HResult::Fail, fmt::format("'{}' is served already", path), EADDRINUSE);
	unlink(path.c_str());
	return {};
}

Result<Fd> listenAt(const std::string &path)
{
	const auto address = wire::addressOf(path);
	if (!address)
		return tl::unexpected(address.error());
	std::error_code ignored; // bind() says what is wrong
	std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
	if (auto cleared = clear(path, *address); !cleared)
		return tl::unexpected(cleared.error());
	Fd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	// Who may do something is decided by who connects, not by the file's mode.
	if (!listener ||
	    bind(listener.get(), reinterpret_cast<const sockaddr *>(&*address), sizeof(*address)) !=
	            0 ||
	    chmod(path.c_str(), 0666) != 0 || listen(listener.get(), SOMAXCONN) != 0)
		return fail(HResult::Fail, fmt::format("listen at '{}'", path), errno);
	return listener;
}

// The server is closed again at once: the job has its own, and the client's
// process ends as it comes.
Result<std::string> adminGroup(Context &context)
{
	auto *server = context.server();
	if (server == nullptr)
		return fail(HResult::Fail, "the server's configuration cannot be used", 0,
		            "the journal of fssctl serve says why");
	auto group = server->options().adminGroup().value_or("");
	context.closeServer();
	return group;
}

Result<void> checkClient(Context &context, const Peer &peer)
{
	const auto group = adminGroup(context);
	if (!group)
		return tl::unexpected(group.error());
	return checkMember(peer, *group);
}

// In a process of its own: smb.conf is read anew for each client.
wire::Reply serveClient(Context &context, int client)
{
	const auto refused = [](const fss::Error &error) {
		const auto code =
		        error.code == HResult::AccessDenied ? Exit::NoPermission : Exit::Failed;
		return wire::Reply{static_cast<int>(code), error.text()};
	};
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &requestTimeout, sizeof(requestTimeout));
	const auto peer = Peer::of(client);
	if (!peer)
		return refused(peer.error());
	if (auto allowed = checkClient(context, *peer); !allowed)
		return refused(allowed.error());
	const auto request = wire::receiveRequest(client);
	if (!request)
		return refused(request.error());
	return {runJob(client, *request,
	               {context.configFile, context.logDirectory, peer->credentials.uid}),
	        ""};
}

void reap(std::set<pid_t> &children)
{
	for (pid_t pid = 0; (pid = waitpid(-1, nullptr, WNOHANG)) > 0;)
		children.erase(pid);
}

void startClient(Context &context, Fd client, std::set<pid_t> &children)
{
	const pid_t pid = fork();
	if (pid == 0) {
		for (const int number : {SIGINT, SIGTERM, SIGHUP})
			std::signal(number, SIG_DFL);
		const auto reply = serveClient(context, client.get());
		wire::sendReply(client.get(), reply);
		_exit(0); // what belongs to the service is not tidied up by its child
	}
	if (pid > 0)
		children.insert(pid);
	else
		context.output().say(
		        fmt::format("no process for a client: {}", std::strerror(errno)));
}

Exit serve(Context &context)
{
	auto &output = context.output();
	const auto path = context.socket.empty() ? defaultSocket : context.socket;
	auto given = handedOver();
	auto listener = given ? Result<Fd>(std::move(*given)) : listenAt(path);
	if (!listener)
		return output.failed(listener.error());
	std::signal(SIGPIPE, SIG_IGN);
	std::set<pid_t> children;
	while (!interrupted()) {
		pollfd ready{listener->get(), POLLIN, 0};
		const bool full = children.size() >= maximumClients;
		poll(full ? nullptr : &ready, full ? 0 : 1, 1000);
		reap(children);
		if (full || (ready.revents & POLLIN) == 0)
			continue;
		Fd client(accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
		if (client)
			startClient(context, std::move(client), children);
	}
	for (const pid_t child : children)
		kill(child, SIGTERM); // and with it its job
	if (!given)
		unlink(path.c_str());
	return Exit::Ok;
}

} // namespace

void addServe(cli::Command &program, Context &context)
{
	auto command = program.command(
	        "serve", "run fssctl for members of the group in fss:admin group (socket of "
	                 "systemd, or --socket)");
	context.runs(command, [&context] { return serve(context); });
}

} // namespace fssctl
