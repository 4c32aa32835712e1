// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Output.h"

#include "command_line/StandardOutput.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace fssctl {

namespace {

std::string_view codeOf(Colour colour)
{
	switch (colour) {
	case Colour::Good:
		return "\033[32m";
	case Colour::Warning:
		return "\033[33m";
	case Colour::Bad:
		return "\033[31m";
	case Colour::Faint:
		return "\033[2m";
	case Colour::Bold:
		return "\033[1m";
	case Colour::None:
		break;
	}
	return "";
}

void write(std::FILE *stream, std::string_view text)
{
	if (stream == nullptr)
		return;
	std::fwrite(text.data(), 1, text.size(), stream);
	std::fflush(stream);
}

Exit exitFor(fss::HResult code)
{
	switch (code) {
	case fss::HResult::ObjectNotFound:
	case fss::HResult::SetIdMismatch:
		return Exit::NotFound;
	case fss::HResult::AccessDenied:
		return Exit::NoPermission;
	case fss::HResult::SetInProgress:
	case fss::HResult::WaitTimeout:
	case fss::HResult::CommitTimeout:
		return Exit::Busy;
	default:
		return Exit::Failed;
	}
}

} // namespace

bool Output::isTerminal()
{
	return isatty(STDOUT_FILENO) == 1;
}

Output::Output() : errors_(fdopen(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10), "w"), std::fclose) {}

bool Output::errorsAreSeen() const
{
	return errors_ && isatty(fileno(errors_.get())) == 1;
}

bool Output::canAsk() const
{
	return isatty(STDIN_FILENO) == 1 && errorsAreSeen();
}

void Output::ask(std::string_view text)
{
	write(errors_.get(), text);
}

size_t Output::width() const
{
	if (!isTerminal())
		return 0;
	winsize size{};
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

bool Output::coloured() const
{
	if (colour_ != When::Auto)
		return colour_ == When::Always;
	// no-color.org: present and not empty.
	const char *unwanted = std::getenv("NO_COLOR");
	return isTerminal() && (unwanted == nullptr || *unwanted == '\0');
}

std::string Output::paint(Colour colour, std::string_view text) const
{
	if (colour == Colour::None || json_ || !coloured())
		return std::string(text);
	return fmt::format("{}{}\033[0m", codeOf(colour), text);
}

void Output::text(std::string_view text)
{
	if (!json_)
		raw(text);
}

void Output::raw(std::string_view text)
{
	progressDone();
	fss::cli::print(text);
}

// What is no UTF-8, as a path may be, is replaced rather than refused.
void Output::print(const Json &value)
{
	progressDone();
	fss::cli::print(value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Output::printLine(const Json &value)
{
	fss::cli::print(value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Output::say(std::string_view line)
{
	progressDone();
	write(errors_.get(), fmt::format("fssctl: {}\n", plain(line)));
}

Exit Output::failed(const fss::Error &error)
{
	return failed(exitFor(error.code), error.text());
}

Exit Output::end(Exit code)
{
	const auto problem = fss::cli::endOutput();
	if (!problem)
		return code;
	say(*problem);
	return code == Exit::Ok ? Exit::Failed : code;
}

Exit Output::failed(Exit code, std::string_view line)
{
	say(line);
	return code;
}

void Output::progress(std::string_view what, size_t done, size_t of)
{
	constexpr size_t cells = 24;
	if (!errorsAreSeen() || of == 0)
		return;
	const auto full = std::min(cells, cells * done / of);
	write(errors_.get(), fmt::format("\r\033[K[{}{}] {}/{} {}", std::string(full, '#'),
	                                 std::string(cells - full, '.'), done, of, plain(what)));
	progressShown_ = true;
}

void Output::progressDone()
{
	if (std::exchange(progressShown_, false))
		write(errors_.get(), "\r\033[K");
}

std::string plain(std::string_view text)
{
	std::string out;
	for (const char c : text) {
		const auto byte = static_cast<unsigned char>(c);
		if (byte < 0x20 || byte == 0x7F)
			out += fmt::format("\\x{:02X}", byte);
		else
			out += c;
	}
	return out;
}

} // namespace fssctl
