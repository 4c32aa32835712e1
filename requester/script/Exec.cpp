// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Exec.h"

#include "base/Fd.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss::requester {

namespace {

tl::unexpected<Failure> failure(const std::vector<std::string> &words, std::string reason)
{
	return failed({.kind = FailureKind::Local,
	               .step = fmt::format("run '{}'", fmt::join(words, " ")),
	               .reason = std::move(reason),
	               .advice = {}});
}

std::vector<char *> pointers(const std::vector<std::string> &words)
{
	std::vector<char *> result;
	for (const auto &word : words)
		result.push_back(const_cast<char *>(word.c_str()));
	result.push_back(nullptr);
	return result;
}

std::vector<std::string> environmentWith(const std::map<std::string, std::string> &more)
{
	std::vector<std::string> result;
	for (char **entry = environ; *entry; ++entry) {
		std::string text = *entry;
		if (!more.contains(text.substr(0, text.find('='))))
			result.push_back(text);
	}
	for (const auto &[name, value] : more)
		result.push_back(fmt::format("{}={}", name, value));
	return result;
}

struct FileActions {
	FileActions() { posix_spawn_file_actions_init(&actions); }
	~FileActions() { posix_spawn_file_actions_destroy(&actions); }
	posix_spawn_file_actions_t actions;
};

/// A child must not inherit what we block or ignore: Samba ignores SIGPIPE.
struct Attributes {
	Attributes()
	{
		posix_spawnattr_init(&attributes);
		sigset_t none;
		sigemptyset(&none);
		sigset_t defaults;
		sigemptyset(&defaults);
		for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP})
			sigaddset(&defaults, signal);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &defaults);
		posix_spawnattr_setflags(&attributes,
		                         POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	}
	~Attributes() { posix_spawnattr_destroy(&attributes); }
	posix_spawnattr_t attributes;
};

Result<pid_t> started(const std::vector<std::string> &words,
                      const std::map<std::string, std::string> &environment, int output)
{
	FileActions files;
	if (output >= 0)
		posix_spawn_file_actions_adddup2(&files.actions, output, STDOUT_FILENO);
	Attributes attributes;
	auto variables = environmentWith(environment);
	pid_t pid = 0;
	auto error =
	        posix_spawnp(&pid, words.front().c_str(), &files.actions, &attributes.attributes,
	                     pointers(words).data(), pointers(variables).data());
	if (error != 0)
		return failure(words, strerror(error));
	return pid;
}

Result<void> ended(const std::vector<std::string> &words, pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failure(words, strerror(errno));
	if (WIFSIGNALED(status))
		return failure(words, fmt::format("it was killed by signal {}", WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return failure(words, fmt::format("it ended with {}", WEXITSTATUS(status)));
	return {};
}

} // namespace

Result<void> runProgram(const std::vector<std::string> &words,
                        const std::map<std::string, std::string> &environment)
{
	auto pid = started(words, environment, -1);
	if (!pid)
		return tl::unexpected(pid.error());
	return ended(words, *pid);
}

Result<std::string> runForOutput(const std::vector<std::string> &words,
                                 std::chrono::milliseconds time)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return failure(words, strerror(errno));
	Fd from(ends[0]);
	Fd to(ends[1]);
	auto pid = started(words, {}, to.get());
	to.reset();
	if (!pid)
		return tl::unexpected(pid.error());

	std::string output;
	const auto deadline = std::chrono::steady_clock::now() + time;
	for (;;) {
		auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
		        deadline - std::chrono::steady_clock::now());
		pollfd wait{.fd = from.get(), .events = POLLIN};
		auto ready = left.count() <= 0 ? 0 : poll(&wait, 1, static_cast<int>(left.count()));
		if (ready < 0 && errno == EINTR)
			continue;
		char buffer[4096];
		auto got = ready > 0 ? read(from.get(), buffer, sizeof(buffer)) : -1;
		if (got > 0) {
			output.append(buffer, static_cast<size_t>(got));
			continue;
		}
		if (got == 0)
			break;
		kill(*pid, SIGKILL);
		(void)ended(words, *pid);
		return failure(words, fmt::format("it took longer than {} s", time.count() / 1000));
	}
	if (auto done = ended(words, *pid); !done)
		return tl::unexpected(done.error());
	return output;
}

} // namespace fss::requester
