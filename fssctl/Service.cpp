// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Service.h"

#include "fssctl/Wire.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace fssctl {

namespace {

// What the other side need not, and may not, hear of.
std::vector<std::string> withoutSocket(const std::vector<std::string> &arguments)
{
	std::vector<std::string> out;
	for (size_t i = 0; i < arguments.size(); i++) {
		if (arguments[i] == "--socket")
			i++;
		else if (!arguments[i].starts_with("--socket="))
			out.push_back(arguments[i]);
	}
	return out;
}

Exit unreachable(Output &output, const std::string &path, int error)
{
	return output.failed(
	        Exit::NoPermission,
	        fmt::format("this needs root. Members of the group in smb.conf's \"fss:admin "
	                    "group\" need the service, which cannot be reached at {} ({}): "
	                    "systemctl enable --now fssctl.socket",
	                    path, std::strerror(error)));
}

} // namespace

Exit runThroughService(Context &context, const std::vector<std::string> &arguments)
{
	auto &output = context.output();
	const auto path = context.socket.empty() ? defaultSocket : context.socket;
	const auto address = wire::addressOf(path);
	if (!address)
		return output.failed(address.error());
	const fss::Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (!socket || connect(socket.get(), reinterpret_cast<const sockaddr *>(&*address),
	                       sizeof(*address)) != 0)
		return unreachable(output, path, errno);
	auto rest = withoutSocket(arguments);
	const char *plainOutput = std::getenv("NO_COLOR");
	if (plainOutput != nullptr && *plainOutput != '\0')
		rest.insert(rest.begin(), "--color=never");
	// Who is refused gets an answer to what could not be sent, too.
	const auto sent = wire::sendRequest(socket.get(), rest);
	const auto reply = wire::receiveReply(socket.get());
	if (!reply)
		return output.failed(sent ? reply.error() : sent.error());
	if (!reply->text.empty())
		output.say(reply->text);
	return static_cast<Exit>(reply->exit);
}

} // namespace fssctl
