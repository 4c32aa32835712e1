// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace fss::doctor {

enum class Verdict {
	Ok,
	Info,    ///< good to know, nothing to do
	Warning, ///< works, but not for all, or not for long
	Error,   ///< shadow copies cannot be made, read or removed
};

/// What mends a fault: a shell command, or a change of a configuration file.
struct Remedy {
	std::string command{}; ///< for root's shell; "" where a file is to be changed
	std::string file{};    ///< whose section gets `line` in place of parameter `removes`
	std::string section{};
	std::string line{};    ///< "" where the parameter is only to go
	std::string removes{}; ///< name of the parameter that goes
	/// Words of the command or line that are the administrator's to choose.
	std::vector<std::string> choices{};

	/// One line for a terminal.
	std::string text() const;
};

/// What a check has found in one step.
struct Finding {
	std::string check; ///< the step's name, which does not change: "registry-shares"
	std::string share; ///< "": the server
	Verdict verdict = Verdict::Ok;
	std::string text;
	std::vector<Remedy> remedies{}; ///< to be done one after the other
};

using Findings = std::vector<Finding>;

Finding ok(std::string check, std::string share, std::string text);

const char *name(Verdict verdict);

/// The gravest of all; Ok where there is none.
Verdict gravest(const Findings &findings);

/// A word as a POSIX shell takes it for itself.
std::string quoted(const std::string &word);

/// A command of these words.
Remedy command(const std::vector<std::string> &words);

} // namespace fss::doctor
