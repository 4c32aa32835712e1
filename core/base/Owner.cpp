// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Owner.h"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace fss {

namespace {

// Field 22 of /proc/PID/stat; 0 where there is no such process or it is a
// zombie without threads. The command name before it may hold anything, so read
// from its end.
uint64_t startTimeOf(int64_t pid)
{
	std::ifstream file(fmt::format("/proc/{}/stat", pid));
	std::string text{std::istreambuf_iterator<char>(file), {}};
	const auto end = text.rfind(')');
	if (end == text.npos)
		return 0;
	std::istringstream fields(text.substr(end + 1));
	std::string state;
	fields >> state;
	std::string skipped;
	for (int field = 4; field < 20; field++)
		fields >> skipped;
	uint64_t threads = 0;
	uint64_t ticks = 0;
	fields >> threads >> skipped >> ticks;
	// A killed process is a zombie from the start, but its threads finish the
	// system calls they are in: only then is it dead.
	return (state == "Z" && threads <= 1) || state == "X" ? 0 : ticks;
}

} // namespace

const std::string &Owner::thisBoot()
{
	static const std::string id = [] {
		std::ifstream file("/proc/sys/kernel/random/boot_id");
		std::string line;
		std::getline(file, line);
		return line;
	}();
	return id;
}

Owner Owner::self()
{
	return {thisBoot(), getpid(), startTimeOf(getpid())};
}

bool Owner::alive() const
{
	return bootId == thisBoot() && startTime != 0 && startTimeOf(pid) == startTime;
}

} // namespace fss
