// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Wire.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace fssctl::wire {

using fss::fail;
using fss::Fd;
using fss::HResult;
using fss::Result;

namespace {

constexpr size_t maximumReply = 4'096;

struct Control {
	alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors * sizeof(int))> bytes{};
};

// Every descriptor that came is taken, so that none stays open.
std::vector<Fd> takeDescriptors(msghdr &message)
{
	std::vector<Fd> files;
	for (auto *header = CMSG_FIRSTHDR(&message); header != nullptr;
	     header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd = -1;
			std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
			files.emplace_back(fd);
		}
	}
	return files;
}

// Each argument ends in NUL.
std::optional<std::vector<std::string>> split(std::string_view text)
{
	std::vector<std::string> out;
	if (!text.empty() && text.back() != '\0')
		return std::nullopt;
	while (!text.empty()) {
		const auto end = text.find('\0');
		out.emplace_back(text.substr(0, end));
		text.remove_prefix(end + 1);
	}
	return out;
}

} // namespace

Result<sockaddr_un> addressOf(const std::string &path)
{
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	if (path.size() >= sizeof(address.sun_path))
		return fail(HResult::InvalidArg, fmt::format("socket '{}'", path), ENAMETOOLONG);
	std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
	return address;
}

Result<void> sendRequest(int socket, const std::vector<std::string> &arguments)
{
	std::string text;
	for (const auto &argument : arguments)
		text += argument + '\0';
	if (text.size() > maximumRequest)
		return fail(HResult::InvalidArg, "the command line is too long");
	constexpr std::array<int, descriptors> files{0, 1, 2};
	Control control;
	iovec part{text.data(), text.size()};
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes.data();
	message.msg_controllen = control.bytes.size();
	auto *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(files));
	std::memcpy(CMSG_DATA(header), files.data(), sizeof(files));
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		return fail(HResult::Fail, "send the command line to fssctl serve", errno);
	return {};
}

Result<Request> receiveRequest(int socket)
{
	std::string text(maximumRequest, '\0');
	Control control;
	iovec part{text.data(), text.size()};
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes.data();
	message.msg_controllen = control.bytes.size();
	const auto size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (size < 0)
		return fail(HResult::Fail, "receive a command line", errno);
	auto files = takeDescriptors(message);
	auto arguments = split(std::string_view(text).substr(0, static_cast<size_t>(size)));
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || files.size() != descriptors ||
	    !arguments)
		return fail(HResult::InvalidArg, "what came is no command line of fssctl");
	Request request;
	request.arguments = std::move(*arguments);
	std::move(files.begin(), files.end(), request.files.begin());
	return request;
}

void sendReply(int socket, const Reply &reply)
{
	const auto text = fmt::format("{} {}", reply.exit, reply.text).substr(0, maximumReply);
	static_cast<void>(send(socket, text.data(), text.size(), MSG_NOSIGNAL));
}

Result<Reply> receiveReply(int socket)
{
	std::string text(maximumReply, '\0');
	auto size = recv(socket, text.data(), text.size(), 0);
	// A refused caller is answered before its request is read. The kernel then reports
	// ECONNRESET once, ahead of the reply.
	if (size < 0 && errno == ECONNRESET)
		size = recv(socket, text.data(), text.size(), 0);
	if (size <= 0)
		return fail(HResult::Fail, "fssctl serve ended before the command did",
		            size < 0 ? errno : 0, "its journal says why");
	text.resize(static_cast<size_t>(size));
	Reply reply;
	const auto [stop, error] =
	        std::from_chars(text.data(), text.data() + text.size(), reply.exit);
	if (error != std::errc())
		return fail(HResult::Fail, "what fssctl serve answered is no exit code");
	const auto rest = static_cast<size_t>(stop - text.data());
	reply.text = rest + 1 < text.size() ? text.substr(rest + 1) : "";
	return reply;
}

} // namespace fssctl::wire
