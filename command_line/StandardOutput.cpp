// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/StandardOutput.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace fss::cli {

namespace {

// One stdout, one state.
int firstError = 0;
bool pipeSignalWasIgnored = false;

void note(bool written)
{
	if (!written && firstError == 0)
		firstError = errno != 0 ? errno : EIO;
}

} // namespace

void openStandardFiles()
{
	// The wrong way round on purpose: reading and writing fail with EBADF, as
	// they would without the file.
	constexpr int flags[] = {O_WRONLY, O_RDONLY, O_RDWR};
	for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			if (open("/dev/null", flags[fd]) != fd)
				_exit(1);
	struct sigaction before {};
	sigaction(SIGPIPE, nullptr, &before);
	pipeSignalWasIgnored = before.sa_handler == SIG_IGN;
	std::signal(SIGPIPE, SIG_IGN);
}

void print(std::string_view text)
{
	errno = 0;
	note(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
	flushOutput();
}

void flushOutput()
{
	errno = 0;
	std::cout.flush();
	note(std::fflush(stdout) == 0 && std::ferror(stdout) == 0);
}

bool outputFailed()
{
	return firstError != 0;
}

std::optional<std::string> endOutput()
{
	flushOutput();
	// Some file systems say only now that there is no room.
	errno = 0;
	note(std::fclose(stdout) == 0);
	if (firstError == 0)
		return std::nullopt;
	if (firstError == EPIPE && !pipeSignalWasIgnored) {
		std::signal(SIGPIPE, SIG_DFL);
		std::raise(SIGPIPE);
	}
	return std::string("write to standard output: ") + std::strerror(firstError);
}

} // namespace fss::cli
