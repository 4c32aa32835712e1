// SPDX-License-Identifier: GPL-3.0-or-later
// fssctl: what an administrator sees of the shadow copies, and does with them.
#include "command_line/StandardOutput.h"
#include "fss_version.h"
#include "fssctl/Commands.h"
#include "fssctl/Environment.h"
#include "fssctl/Interrupt.h"
#include "fssctl/Service.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace {

using fssctl::Context;
using fssctl::Exit;
using fssctl::Output;
namespace cli = fss::cli;

constexpr const char *about =
        "Lists, makes and removes the shadow copies of this file server, and repairs what was "
        "left of them.\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not permitted, 5 others are "
        "at work, 6 server not usable, 7 not confirmed, 130 interrupted.";

struct GlobalOptions {
	bool json = false;
	std::string colour = "auto";
};

void addGlobalOptions(cli::Program &program, Context &context, GlobalOptions &options)
{
	program.option("-s,--configfile", context.configFile, "smb.conf to use").valueName("FILE");
	program.option("-l,--log-basename", context.logDirectory, "directory for log.fssctl")
	        .valueName("DIR");
	program.option("--socket", context.socket, "socket of \"fssctl serve\"")
	        .valueName("PATH")
	        .showDefault(fssctl::defaultSocket);
	program.flag("--json", options.json, "print JSON");
	program.option("--color", options.colour,
	               "colours: auto (on a terminal, unless NO_COLOR is set), always or never")
	        .oneOf({"auto", "always", "never"});
	program.version("--version", fmt::format("fssctl {} (built for Samba {})", FSS_VERSION,
	                                         fss_version_built()));
}

Output::When colourOf(const std::string &when)
{
	return when == "always"  ? Output::When::Always
	       : when == "never" ? Output::When::Never
	                         : Output::When::Auto;
}

// Samba takes the file's path for those of processes that it starts.
std::string absolute(const std::string &path)
{
	return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Exit runHere(const std::string &command, Context &context)
{
	if (context.restricted()) {
		if (!context.configFile.empty() || !context.logDirectory.empty() ||
		    !context.socket.empty() || command == "serve")
			return context.output().failed(
			        Exit::NoPermission,
			        "-s, -l, --socket and serve are for root only, not for members of "
			        "the group in fss:admin group");
		context.configFile = fssctl::environment(fssctl::configVariable);
		context.logDirectory = fssctl::environment(fssctl::logVariable);
	}
	context.configFile = absolute(context.configFile);
	context.logDirectory = absolute(context.logDirectory);
	fssctl::catchInterrupts();
	return context.chosen()();
}

Exit run(Context &context, int argc, char **argv)
{
	// Given twice, the last counts, as with Samba's tools.
	cli::Program program(about, "fssctl", cli::Program::Repeated::LastCounts);
	GlobalOptions options;
	addGlobalOptions(program, context, options);
	fssctl::addCommands(program, context);
	if (const auto parsed = program.parse(argc, argv); parsed != cli::Program::Parsed::Run)
		return parsed == cli::Program::Parsed::Done ? Exit::Ok : Exit::Usage;
	context.output().setJson(options.json);
	context.output().setColour(colourOf(options.colour));
	if (geteuid() == 0)
		return runHere(program.chosen(), context);
	if (program.chosen() == "serve")
		return context.output().failed(Exit::NoPermission, "serve needs root");
	return fssctl::runThroughService(context, {argv + 1, argv + argc});
}

} // namespace

int main(int argc, char **argv)
{
	cli::openStandardFiles();
	Context context;
	Exit code = Exit::Failed;
	try {
		code = run(context, argc, argv);
	} catch (const std::exception &error) {
		code = context.output().failed(Exit::Failed, error.what());
	}
	context.closeServer(); // the end of output may be one by SIGPIPE
	return static_cast<int>(context.output().end(code));
}
