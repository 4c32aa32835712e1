// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookProcess.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss {

namespace {

constexpr int recordDescriptor = 3;
// Above those that the program gets, so that none is overwritten before its turn.
constexpr int spare = 10;
// More than any path with what is around it.
constexpr size_t longestLine = 32768;

// Processes that went on without their object, to be reaped when they have ended.
// In a worker of samba-dcerpcd somebody else may do so, and that is as good.
class Orphans {
public:
	void add(pid_t pid)
	{
		const std::lock_guard lock(mutex_);
		pids_.push_back(pid);
		reap();
	}
	void sweep()
	{
		const std::lock_guard lock(mutex_);
		reap();
	}

private:
	void reap()
	{
		std::erase_if(pids_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
	}

	std::mutex mutex_;
	std::vector<pid_t> pids_;
};

Orphans &orphans()
{
	static Orphans all;
	return all;
}

class Spawning {
public:
	Spawning()
	{
		posix_spawn_file_actions_init(&actions);
		posix_spawnattr_init(&attributes);
	}
	~Spawning()
	{
		posix_spawnattr_destroy(&attributes);
		posix_spawn_file_actions_destroy(&actions);
	}
	Spawning(const Spawning &) = delete;
	Spawning &operator=(const Spawning &) = delete;

	// What this process ignores or blocks is no matter of the program's.
	void resetSignals()
	{
		sigset_t all;
		sigset_t none;
		sigfillset(&all);
		sigemptyset(&none);
		posix_spawnattr_setsigdefault(&attributes, &all);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setpgroup(&attributes, 0);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
		                                              POSIX_SPAWN_SETSIGMASK |
		                                              POSIX_SPAWN_SETPGROUP);
	}
	void giveDescriptors(int channel, int record)
	{
		posix_spawn_file_actions_adddup2(&actions, channel, STDIN_FILENO);
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		if (record >= 0)
			posix_spawn_file_actions_adddup2(&actions, record, recordDescriptor);
		else
			posix_spawn_file_actions_addopen(&actions, recordDescriptor, "/dev/null",
			                                 O_RDWR, 0);
		posix_spawn_file_actions_addclosefrom_np(&actions, recordDescriptor + 1);
	}

	posix_spawn_file_actions_t actions{};
	posix_spawnattr_t attributes{};
};

Fd above(int fd)
{
	return Fd(fcntl(fd, F_DUPFD_CLOEXEC, spare));
}

} // namespace

Result<HookProcess> HookProcess::start(const HookProgram &program,
                                       const std::vector<std::string> &words, int record)
{
	orphans().sweep();
	const auto failed = [&](int errnum) {
		return fail(HResult::Fail, fmt::format("start '{}'", program.program), errnum,
		            "is it installed? see fss:snapshot helper");
	};
	std::array<int, 2> ends{};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
		return failed(errno);
	Fd ours(ends[0]);
	const Fd low(ends[1]);
	const Fd theirs = above(low.get());
	const Fd kept = record >= 0 ? above(record) : Fd();
	if (!theirs || (record >= 0 && !kept))
		return failed(errno);

	std::vector<std::string> arguments{program.program, program.configuration, program.logFile};
	arguments.insert(arguments.end(), words.begin(), words.end());
	std::vector<char *> pointers;
	pointers.reserve(arguments.size() + 1);
	for (auto &argument : arguments)
		pointers.push_back(argument.data());
	pointers.push_back(nullptr);

	Spawning spawning;
	spawning.resetSignals();
	spawning.giveDescriptors(theirs.get(), kept.get());
	pid_t pid = -1;
	const int errnum = posix_spawn(&pid, program.program.c_str(), &spawning.actions,
	                               &spawning.attributes, pointers.data(), environ);
	if (errnum != 0)
		return failed(errnum);
	return HookProcess(pid, std::move(ours));
}

HookProcess::~HookProcess()
{
	if (!channel_) // moved from
		return;
	channel_.reset();
	orphans().add(pid_);
}

Result<std::string> HookProcess::line(Time until)
{
	for (;;) {
		if (const auto end = read_.find('\n'); end != read_.npos) {
			auto found = read_.substr(0, end);
			read_.erase(0, end + 1);
			return found;
		}
		const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
		        until - std::chrono::steady_clock::now());
		struct pollfd ready {
			channel_.get(), POLLIN, 0
		};
		const int count =
		        poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return fail(HResult::Fail, "wait for the snapshot helper",
			            count == 0 ? ETIMEDOUT : errno);
		std::array<char, 4096> buffer{};
		const auto length = recv(channel_.get(), buffer.data(), buffer.size(), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0 || read_.size() + static_cast<size_t>(length) > longestLine) {
			kill();
			return fail(HResult::Fail, "hear from the snapshot helper", EPIPE,
			            "it ended before its time; see log.fss_snap_helper");
		}
		read_.append(buffer.data(), static_cast<size_t>(length));
	}
}

Result<void> HookProcess::send(std::string_view text)
{
	const auto sent = ::send(channel_.get(), text.data(), text.size(), MSG_NOSIGNAL);
	if (sent != static_cast<ssize_t>(text.size()))
		return fail(HResult::Fail, "speak to the snapshot helper",
		            sent < 0 ? errno : EPIPE);
	return {};
}

void HookProcess::kill()
{
	::kill(-pid_, SIGKILL);
}

} // namespace fss
