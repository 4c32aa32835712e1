// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/process/Command.h"

#include "requester/process/Poll.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss::requester {

namespace {

constexpr auto termGrace = std::chrono::seconds(1);

struct SpawnActions {
	posix_spawn_file_actions_t value;
	SpawnActions() { posix_spawn_file_actions_init(&value); }
	~SpawnActions() { posix_spawn_file_actions_destroy(&value); }
};

struct SpawnAttributes {
	posix_spawnattr_t value;
	SpawnAttributes() { posix_spawnattr_init(&value); }
	~SpawnAttributes() { posix_spawnattr_destroy(&value); }
};

std::vector<char *> pointers(std::vector<std::string> &strings)
{
	std::vector<char *> out;
	for (std::string &each : strings)
		out.push_back(each.data());
	out.push_back(nullptr);
	return out;
}

// A group of its own, so that all it starts can be killed with it; the
// signals as a program expects them.
int spawn(pid_t *pid, const std::string &command, const std::vector<std::string> &variables)
{
	SpawnActions actions;
	posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions.value, STDERR_FILENO, STDOUT_FILENO);
	SpawnAttributes attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setflags(&attributes.value, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
	                                                    POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attributes.value, 0);
	posix_spawnattr_setsigdefault(&attributes.value, &all);
	posix_spawnattr_setsigmask(&attributes.value, &none);

	std::vector<std::string> words{"/bin/sh", "-c", command};
	std::vector<std::string> environment;
	for (char **each = environ; *each; ++each)
		if (std::string_view(*each).substr(0, 6) !=
		    "PASSWD") // Samba's: the user's password
			environment.emplace_back(*each);
	environment.insert(environment.end(), variables.begin(), variables.end());
	return posix_spawn(pid, "/bin/sh", &actions.value, &attributes.value,
	                   pointers(words).data(), pointers(environment).data());
}

void killGroup(pid_t pid)
{
	kill(-pid, SIGTERM);
	if (waitForEnd(pid, in(termGrace), -1) == Ended::Deadline) {
		kill(-pid, SIGKILL);
		waitForEnd(pid, in(std::chrono::hours(1)), -1);
	} else {
		kill(-pid, SIGKILL); // what the shell has left of its group
	}
}

} // namespace

std::string runCommand(const std::string &command, const std::vector<std::string> &variables,
                       std::chrono::milliseconds budget, int interrupt)
{
	pid_t pid = -1;
	if (const int error = spawn(&pid, command, variables))
		return fmt::format("/bin/sh does not start: {}", std::strerror(error));
	int status = 0;
	switch (waitForEnd(pid, in(budget), interrupt, &status)) {
	case Ended::Deadline:
		killGroup(pid);
		return fmt::format("not done after {:g} s, and killed",
		                   std::chrono::duration<double>(budget).count());
	case Ended::Interrupted:
		killGroup(pid);
		return "interrupted, and killed";
	case Ended::Yes:
		break;
	}
	if (WIFSIGNALED(status))
		return fmt::format("ended by signal {} ({})", WTERMSIG(status),
		                   strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status) == 0
	               ? std::string()
	               : fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

} // namespace fss::requester
