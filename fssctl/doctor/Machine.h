// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace fss::doctor {

/// A program that has run.
struct Ran {
	int status = -1;    ///< its exit code; 128 + the signal that ended it; -1: see errnum
	int errnum = 0;     ///< why it could not be started; ETIMEDOUT: it was ended
	std::string output; ///< both streams
};

/// Files and processes of this machine.
class Machine {
public:
	/// root: put before each path that is read; "" but for tests.
	explicit Machine(std::string root = "") : root_(std::move(root)) {}
	virtual ~Machine() = default;

	std::string at(const std::string &path) const { return root_ + path; }
	bool exists(const std::string &path) const;
	bool isExecutable(const std::string &path) const;
	/// Nothing where it cannot be read.
	std::optional<std::string> read(const std::string &path) const;
	/// Names in a directory, sorted; none where it cannot be read.
	std::vector<std::string> names(const std::string &directory) const;

	/// The process that a daemon's pid file names, where it runs.
	std::optional<pid_t> daemon(const std::string &pidDirectory, const std::string &name) const;
	std::vector<std::string> commandLine(pid_t process) const;
	std::vector<std::string> environment(pid_t process) const;
	/// Whether its program's file has been replaced since it was started.
	bool runsReplacedProgram(pid_t process) const;

	/// Runs a program without a shell.
	/// environment: instead of this process's; input: for its standard input.
	virtual Ran run(const std::vector<std::string> &words, std::chrono::milliseconds limit,
	                const std::vector<std::string> *environment = nullptr,
	                const std::string &input = "");

private:
	std::vector<std::string> strings(pid_t process, const char *file) const;

	std::string root_;
};

} // namespace fss::doctor
