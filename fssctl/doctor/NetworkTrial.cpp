// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/NetworkTrial.h"

#include <cerrno>
#include <fmt/format.h>
#include <regex>

namespace fss::doctor {

namespace {

// Prepare, Commit and Expose may take as long as Windows waits for each.
constexpr std::chrono::minutes clientTime(4);

/// What a client has printed, as one line.
std::string oneLine(std::string text)
{
	while (!text.empty() && text.back() == '\n')
		text.pop_back();
	for (auto &c : text)
		if (c == '\n')
			c = ';';
	return text;
}

bool says(const Error &error, const char *text)
{
	return error.step.find(text) != std::string::npos;
}

HResult resultIn(const std::string &output)
{
	std::smatch match;
	if (!std::regex_search(output, match, std::regex("(?:result|response): 0x([0-9a-f]{8})")))
		return HResult::Fail;
	return static_cast<HResult>(std::stoul(match[1], nullptr, 16));
}

} // namespace

Credentials Credentials::parse(const std::string &text)
{
	const auto percent = text.find('%');
	return {text.substr(0, percent),
	        percent != std::string::npos ? text.substr(percent + 1) : "", ""};
}

std::string Credentials::text() const
{
	const auto slash = user.find('\\');
	const auto name = slash != std::string::npos ? user.substr(slash + 1) : user;
	const auto domain = slash != std::string::npos ? user.substr(0, slash) : "";
	return fmt::format("username = {}\npassword = {}\n{}", name, password,
	                   domain.empty() ? "" : fmt::format("domain = {}\n", domain));
}

std::string smbPort(Samba &samba)
{
	const auto ports = samba.parameter("smb ports");
	return ports.substr(0, ports.find_first_of(" ,\t"));
}

std::string NetworkTrial::way() const
{
	return fmt::format("over SMB to {} as {}", host_,
	                   credentials_.file.empty() ? credentials_.user : credentials_.file);
}

// The credentials come from a file: what is on a command line, all users see.
Result<std::string> NetworkTrial::run(const std::string &client,
                                      const std::vector<std::string> &arguments)
{
	const bool own = credentials_.file.empty();
	std::vector<std::string> words{client, "-s", samba_.configurationFile(), "-A",
	                               own ? "/dev/stdin" : credentials_.file};
	if (const auto port = smbPort(samba_); !port.empty())
		words.insert(words.end(), {"-p", port});
	words.insert(words.end(), arguments.begin(), arguments.end());
	const auto ran = machine_.run(words, clientTime, nullptr, own ? credentials_.text() : "");
	if (ran.errnum != 0)
		return fail(HResult::Fail, "run " + client, ran.errnum,
		            ran.errnum == ENOENT ? "apt-get install smbclient" : "");
	if (ran.status != 0)
		return fail(resultIn(ran.output),
		            fmt::format("{}: {}", client, oneLine(ran.output)));
	return ran.output;
}

Result<void> NetworkTrial::create(const std::string &share)
{
	share_ = share;
	const auto output =
	        run("rpcclient", {fmt::format("ncacn_np:{}[sign]", host_), "-c",
	                          fmt::format("fss_create_expose backup ro {}", share)});
	if (!output)
		return tl::unexpected(output.error());
	static const std::regex form(
	        "([0-9a-fA-F-]{36})\\(([0-9a-fA-F-]{36})\\): share (\\S+) exposed");
	std::smatch match;
	// Of what the agent refuses, the client tells, and ends with 0.
	if (!std::regex_search(*output, match, form))
		return fail(resultIn(*output), "rpcclient: " + oneLine(*output));
	set_ = match[1];
	copy_ = match[2];
	exposed_ = match[3];
	return {};
}

Result<void> NetworkTrial::read()
{
	return run("smbclient", {fmt::format("//{}/{}", host_, exposed_), "-c", "ls"})
	        .map([](const auto &) {});
}

Result<void> NetworkTrial::remove()
{
	if (set_.empty())
		return {};
	const auto commands = fmt::format("fss_recovery_complete {0};fss_delete {1} {0} {2}", set_,
	                                  share_, copy_);
	const auto output =
	        run("rpcclient", {fmt::format("ncacn_np:{}[sign]", host_), "-c", commands});
	if (!output)
		return tl::unexpected(output.error());
	if (output->find("shadow-copy deleted") == std::string::npos)
		return fail(resultIn(*output), "rpcclient: " + oneLine(*output));
	return {};
}

std::vector<Remedy> NetworkTrial::remedies(const Error &error)
{
	if (error.code == HResult::AccessDenied && credentials_.file.empty())
		return {sambaCommand(
		        samba_, "net",
		        {"sam", "rights", "grant", credentials_.user, "SeBackupPrivilege"})};
	if (says(error, "LOGON_FAILURE") && credentials_.file.empty())
		return {sambaCommand(samba_, "smbpasswd", {"-a", credentials_.user})};
	if (error.errnum == ENOENT)
		return {command({"apt-get", "install", "-y", "smbclient"})};
	return {};
}

} // namespace fss::doctor
