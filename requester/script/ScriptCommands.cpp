// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/StandardOutput.h"
#include "requester/cli/Command.h"
#include "requester/copy/Copy.h"
#include "requester/copy/SmbTree.h"
#include "requester/script/Interpreter.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace fss::requester {

namespace {

std::string thisMachine()
{
	char name[256] = "";
	gethostname(name, sizeof(name) - 1);
	return name;
}

PutBack putBackWith(const Environment &environment)
{
	return [&environment](const std::string &directory, const Unc &share,
	                      const std::string &path, bool acls) -> Result<uint64_t> {
		auto connect = smbConnect({.host = share.host, .share = share.share, .path = path},
		                          environment.login);
		RestoreOptions options;
		options.securityDescriptors = acls;
		auto report =
		        restoreToShare(connect, directory, options, {}, environment.cancellation);
		if (!report)
			return tl::unexpected(report.error());
		if (auto done = report->verdict(fmt::format("RESTORE {}", directory)); !done)
			return tl::unexpected(done.error());
		return report->files;
	};
}

ScriptWorld worldOf(const Environment &environment, const std::string &writers)
{
	return {.requester = environment.requester,
	        .catalog = environment.catalog,
	        .writers = Writers(writers),
	        .putBack = putBackWith(environment),
	        .out = std::cout,
	        .machine = thisMachine()};
}

Failure cancelled()
{
	return {.kind = FailureKind::Cancelled,
	        .step = "run the script",
	        .reason = "it was ended",
	        .advice = {}};
}

/// Runs lines until one fails. before(line) shows it.
Result<void> play(Interpreter &interpreter, std::istream &lines, const std::string &name,
                  const Cancellation &cancellation,
                  const std::function<void(const std::string &)> &before)
{
	std::string line;
	for (size_t number = 1; !interpreter.exited() && std::getline(lines, line); ++number) {
		if (cancellation.requested())
			return failed(cancelled());
		if (line.find_first_not_of(" \t\r") != std::string::npos)
			before(line);
		auto done = interpreter.run(line);
		cli::flushOutput();
		if (!done) {
			done.error().step =
			        fmt::format("{}:{}: {}", name, number, done.error().step);
			return done;
		}
	}
	return {};
}

/// What both commands have in common.
class Scripting : public Command {
public:
	Result<Answer> run(Environment &environment) override
	{
		Interpreter interpreter(worldOf(environment, writers_));
		auto done = lines(interpreter, environment);
		auto ended = interpreter.end();
		cli::flushOutput();
		if (!done)
			return tl::unexpected(done.error());
		if (!ended)
			return tl::unexpected(ended.error());
		return Answer{};
	}

protected:
	cli::Command addWriters(cli::Command command)
	{
		command.option("--writers-dir", writers_, "where the writers' hook files are")
		        .showDefault();
		return command;
	}

private:
	virtual Result<void> lines(Interpreter &interpreter, Environment &environment) = 0;

	std::string writers_ = Writers::DefaultDirectory;
};

class ScriptCommand : public Scripting {
public:
	cli::Command add(cli::Command &program) override
	{
		auto command = program.command("script", "Run a script in DiskShadow's language");
		command.option("FILE", file_, "the script; - is stdin").required();
		return addWriters(command);
	}

private:
	Result<void> lines(Interpreter &interpreter, Environment &environment) override
	{
		std::ifstream file;
		if (file_ != "-") {
			file.open(file_);
			if (!file)
				return failed({.kind = FailureKind::Local,
				               .step = fmt::format("read the script '{}'", file_),
				               .reason = strerror(errno),
				               .advice = {}});
		}
		std::cout << interpreter.banner();
		return play(interpreter, file_ == "-" ? std::cin : file, file_,
		            environment.cancellation, [](const std::string &line) {
			            std::cout << "-> " << line << "\n";
			            cli::flushOutput();
		            });
	}

	std::string file_;
};

class ShellCommand : public Scripting {
public:
	cli::Command add(cli::Command &program) override
	{
		return addWriters(program.command("shell", "DiskShadow's language, line by line"));
	}

private:
	static constexpr const char *Prompt = "SMBSHADOW> ";

	Result<void> lines(Interpreter &interpreter, Environment &environment) override
	{
		std::cout << interpreter.banner();
		if (!isatty(STDIN_FILENO))
			return play(interpreter, std::cin, "stdin", environment.cancellation,
			            [](const std::string &line) {
				            std::cout << Prompt << line << "\n";
				            cli::flushOutput();
			            });
		std::string line;
		while (!interpreter.exited() && !environment.cancellation.requested()) {
			std::cout << Prompt;
			cli::flushOutput();
			if (!std::getline(std::cin, line))
				break;
			if (auto done = interpreter.run(line); !done)
				std::cout << done.error().text() << "\n";
		}
		return {};
	}
};

} // namespace

void addScriptCommands(Commands &commands)
{
	commands.push_back(std::make_unique<ScriptCommand>());
	commands.push_back(std::make_unique<ShellCommand>());
}

} // namespace fss::requester
