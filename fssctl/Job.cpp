// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Job.h"

#include "fssctl/Environment.h"
#include "fssctl/Exit.h"

#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fssctl {

namespace {

constexpr int graceMs = 60'000;
// A signal's number is added for one that was killed, as shells do.
constexpr int killedBase = 128;

std::vector<std::string> environmentFor(const JobSettings &settings)
{
	std::vector<std::string> out{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
	                             fmt::format("{}={}", callerVariable, settings.caller)};
	if (!settings.configFile.empty())
		out.push_back(fmt::format("{}={}", configVariable, settings.configFile));
	if (!settings.logDirectory.empty())
		out.push_back(fmt::format("{}={}", logVariable, settings.logDirectory));
	return out;
}

std::vector<char *> pointersTo(std::vector<std::string> &strings)
{
	std::vector<char *> out;
	out.reserve(strings.size() + 1);
	for (auto &string : strings)
		out.push_back(string.data());
	out.push_back(nullptr);
	return out;
}

// In the new process; does not return.
[[noreturn]] void becomeJob(const wire::Request &request, const JobSettings &settings, pid_t parent)
{
	for (int fd = 0; fd < static_cast<int>(request.files.size()); fd++)
		if (dup2(request.files[static_cast<size_t>(fd)].get(), fd) == -1)
			_exit(static_cast<int>(Exit::Failed));
	syscall(SYS_close_range, 3U, ~0U, 0U);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
	for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD})
		std::signal(number, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || setsid() == -1 || chdir("/") != 0)
		_exit(static_cast<int>(Exit::Failed));
	std::vector<std::string> arguments{"fssctl"};
	arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
	auto environment = environmentFor(settings);
	execve("/proc/self/exe", pointersTo(arguments).data(), pointersTo(environment).data());
	_exit(static_cast<int>(Exit::Failed));
}

// Waits until the client has gone or the job has ended; which of both.
bool clientGoesFirst(int client, int job)
{
	pollfd both[] = {{job, POLLIN, 0}, {client, POLLIN | POLLRDHUP, 0}};
	while (poll(both, 2, -1) < 0)
		if (errno != EINTR)
			return true;
	return both[0].revents == 0;
}

void end(pid_t pid, int job)
{
	kill(pid, SIGTERM);
	pollfd ended{job, POLLIN, 0};
	if (poll(&ended, 1, graceMs) <= 0)
		kill(pid, SIGKILL);
}

} // namespace

int runJob(int client, const wire::Request &request, const JobSettings &settings)
{
	const pid_t self = getpid();
	const pid_t pid = fork();
	if (pid == -1)
		return static_cast<int>(Exit::Failed);
	if (pid == 0)
		becomeJob(request, settings, self);
	const fss::Fd job(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
	if (!job || clientGoesFirst(client, job.get()))
		end(pid, job.get());
	int status = 0;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : killedBase + WTERMSIG(status);
}

} // namespace fssctl
