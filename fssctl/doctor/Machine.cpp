// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Machine.h"

#include "base/Fd.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss::doctor {

namespace fs = std::filesystem;

namespace {

std::vector<char *> pointers(const std::vector<std::string> &words)
{
	std::vector<char *> list;
	list.reserve(words.size() + 1);
	for (const auto &word : words)
		list.push_back(const_cast<char *>(word.c_str()));
	list.push_back(nullptr);
	return list;
}

/// Reads to the end of the stream; false: not within the time.
bool drain(int fd, std::string &text, std::chrono::milliseconds limit)
{
	const auto end = std::chrono::steady_clock::now() + limit;
	char buffer[4096];
	for (;;) {
		const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
		        end - std::chrono::steady_clock::now());
		pollfd wait{fd, POLLIN, 0};
		const int ready =
		        left.count() > 0 ? poll(&wait, 1, static_cast<int>(left.count())) : 0;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		const auto size = ::read(fd, buffer, sizeof(buffer));
		if (size <= 0)
			return true;
		text.append(buffer, static_cast<size_t>(size));
	}
}

/// A descriptor with the text to read, which need not fit a pipe.
Fd textAsFile(const std::string &text)
{
	Fd file(memfd_create("input", MFD_CLOEXEC));
	if (file &&
	    (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
	     lseek(file.get(), 0, SEEK_SET) != 0))
		return Fd();
	return file;
}

int exitCode(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

bool Machine::exists(const std::string &path) const
{
	std::error_code error;
	return fs::exists(at(path), error);
}

bool Machine::isExecutable(const std::string &path) const
{
	// access() by root is content with any of the three bits, as execve() is.
	std::error_code error;
	return fs::is_regular_file(at(path), error) && access(at(path).c_str(), X_OK) == 0;
}

std::optional<std::string> Machine::read(const std::string &path) const
{
	std::ifstream file(at(path), std::ios::binary);
	if (!file)
		return std::nullopt;
	return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> Machine::names(const std::string &directory) const
{
	std::vector<std::string> found;
	std::error_code error;
	for (fs::directory_iterator at(this->at(directory), error), end; !error && at != end;
	     at.increment(error))
		found.push_back(at->path().filename());
	std::sort(found.begin(), found.end());
	return found;
}

std::optional<pid_t> Machine::daemon(const std::string &pidDirectory, const std::string &name) const
{
	const auto text = read(pidDirectory + "/" + name + ".pid");
	pid_t process = 0;
	if (!text ||
	    std::from_chars(text->data(), text->data() + text->size(), process).ec != std::errc())
		return std::nullopt;
	// The number may have become another process's.
	const auto running = read(fmt::format("/proc/{}/comm", process));
	if (!running || !std::string_view(*running).starts_with(name.substr(0, 15)))
		return std::nullopt;
	return process;
}

std::vector<std::string> Machine::strings(pid_t process, const char *file) const
{
	std::istringstream text(read(fmt::format("/proc/{}/{}", process, file)).value_or(""));
	std::vector<std::string> list;
	for (std::string word; std::getline(text, word, '\0');)
		list.push_back(word);
	return list;
}

std::vector<std::string> Machine::commandLine(pid_t process) const
{
	return strings(process, "cmdline");
}

std::vector<std::string> Machine::environment(pid_t process) const
{
	return strings(process, "environ");
}

bool Machine::runsReplacedProgram(pid_t process) const
{
	std::error_code error;
	const auto program = fs::read_symlink(at(fmt::format("/proc/{}/exe", process)), error);
	return !error && program.native().ends_with(" (deleted)");
}

Ran Machine::run(const std::vector<std::string> &words, std::chrono::milliseconds limit,
                 const std::vector<std::string> *environment, const std::string &input)
{
	Ran ran;
	int ends[2];
	const Fd in = textAsFile(input);
	if (!in || pipe2(ends, O_CLOEXEC) != 0) {
		ran.errnum = errno;
		return ran;
	}
	const Fd out(ends[0]);
	Fd write(ends[1]);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, write.get(), STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, write.get(), STDERR_FILENO);
	posix_spawnattr_t attributes;
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	pid_t process = 0;
	const auto own = environment != nullptr ? pointers(*environment) : std::vector<char *>();
	ran.errnum = posix_spawnp(&process, words.front().c_str(), &actions, &attributes,
	                          pointers(words).data(), own.empty() ? environ : own.data());
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (ran.errnum != 0)
		return ran;
	write = Fd();
	if (!drain(out.get(), ran.output, limit)) {
		kill(-process, SIGKILL);
		ran.errnum = ETIMEDOUT;
	}
	int status = 0;
	while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
	}
	if (ran.errnum == 0)
		ran.status = exitCode(status);
	return ran;
}

} // namespace fss::doctor
