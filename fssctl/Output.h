// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "fssctl/Exit.h"

#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fssctl {

using Json = nlohmann::ordered_json;

/// The "version" in each JSON result: grows when a member changes its meaning or
/// goes; new members may come at any time.
inline constexpr int jsonVersion = 1;

enum class Colour { None, Good, Warning, Bad, Faint, Bold };

/// Where a command's results go: text for people, or JSON.
///
/// Results are on stdout, all else on stderr. With --json stdout holds one JSON
/// value and nothing else, whatever happens; the exit code says whether the
/// command succeeded.
class Output {
public:
	enum class When { Auto, Always, Never };

	Output();

	void setJson(bool json) { json_ = json; }
	void setColour(When when) { colour_ = when; }
	bool json() const { return json_; }

	/// Columns of the terminal that stdout is; 0: it is none, lines may be long.
	size_t width() const;
	/// Whether stdout is a terminal.
	static bool isTerminal();
	/// Whether somebody can be asked: stdin and stderr are terminals.
	bool canAsk() const;

	/// The text in that colour, where stdout takes colours (a terminal, no
	/// NO_COLOR in the environment, or --color=always).
	std::string paint(Colour colour, std::string_view text) const;

	/// One line of the result; nothing with --json.
	template <class... Args> void line(fmt::format_string<Args...> format, Args &&...args)
	{
		text(fmt::format(format, std::forward<Args>(args)...) + "\n");
	}
	/// Text of the result as it is; nothing with --json.
	void text(std::string_view text);
	/// Text that is the result whatever --json says.
	void raw(std::string_view text);
	/// The result as JSON, on its own line(s).
	void print(const Json &value);
	/// One line of JSON in a stream of them (watch).
	void printLine(const Json &value);

	/// Text on stderr as it is: a question.
	void ask(std::string_view text);
	/// A line on stderr: what an administrator should know.
	void say(std::string_view line);
	/// "fssctl: ERROR" on stderr, and the exit code for it.
	Exit failed(const fss::Error &error);
	Exit failed(Exit code, std::string_view line);
	/// To be called last: what fssctl ends with, which is not success where
	/// something could not be written to stdout.
	Exit end(Exit code);
	/// What long work does, on stderr where that is a terminal; done: the line
	/// is taken away again.
	void progress(std::string_view what, size_t done, size_t of);
	void progressDone();

private:
	bool coloured() const;
	bool errorsAreSeen() const;

	/// stderr as it was at first: Samba turns that into its log.
	std::unique_ptr<std::FILE, int (*)(std::FILE *)> errors_;
	bool json_ = false;
	When colour_ = When::Auto;
	bool progressShown_ = false;
};

/// Text from a client or a file system that cannot steer a terminal: control
/// characters are shown as \xNN.
std::string plain(std::string_view text);

} // namespace fssctl
