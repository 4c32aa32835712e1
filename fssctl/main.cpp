// SPDX-License-Identifier: GPL-3.0-or-later
// fssctl: what an administrator sees of the shadow copies, and does with them.
#include "fssctl/Commands.h"
#include "fssctl/Environment.h"
#include "fssctl/Interrupt.h"
#include "fssctl/Service.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <unistd.h>

namespace {

using fssctl::Context;
using fssctl::Exit;
using fssctl::Output;

constexpr const char *about =
        "Lists, makes and removes the shadow copies of this file server, and repairs what was "
        "left of them.\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not permitted, 5 others are "
        "at work, 6 server not usable, 7 not confirmed, 130 interrupted.";

void addGlobalOptions(CLI::App &app, Context &context)
{
	auto &output = context.output();
	// Given twice, the last counts, as with Samba's tools.
	app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
	app.add_option("-s,--configfile", context.configFile, "smb.conf to use")->type_name("FILE");
	app.add_option("-l,--log-basename", context.logDirectory, "directory for log.fssctl")
	        ->type_name("DIR");
	app.add_option("--socket", context.socket, "socket of \"fssctl serve\"")
	        ->type_name("PATH")
	        ->default_str(fssctl::defaultSocket);
	app.add_flag_callback(
	        "--json", [&output] { output.setJson(true); }, "print JSON");
	app.add_option_function<std::string>(
	           "--color",
	           [&output](const std::string &when) {
		           output.setColour(when == "always"  ? Output::When::Always
		                            : when == "never" ? Output::When::Never
		                                              : Output::When::Auto);
	           },
	           "colours: auto (on a terminal, unless NO_COLOR is set), always or never")
	        ->check(CLI::IsMember({"auto", "always", "never"}));
	app.set_version_flag("--version", std::string("fssctl ") + FSS_VERSION);
}

// Samba takes the file's path for those of processes that it starts.
std::string absolute(const std::string &path)
{
	return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Exit runHere(CLI::App &app, Context &context)
{
	if (context.restricted()) {
		if (!context.configFile.empty() || !context.logDirectory.empty() ||
		    !context.socket.empty() || app.got_subcommand("serve"))
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
	CLI::App app(about, "fssctl");
	app.require_subcommand(1);
	app.fallthrough();
	addGlobalOptions(app, context);
	fssctl::addCommands(app, context);
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		return app.exit(error) == 0 ? Exit::Ok : Exit::Usage;
	}
	if (geteuid() == 0)
		return runHere(app, context);
	if (app.got_subcommand("serve"))
		return context.output().failed(Exit::NoPermission, "serve needs root");
	return fssctl::runThroughService(context, {argv + 1, argv + argc});
}

} // namespace

int main(int argc, char **argv)
{
	Context context;
	try {
		return static_cast<int>(run(context, argc, argv));
	} catch (const std::exception &error) {
		return static_cast<int>(context.output().failed(Exit::Failed, error.what()));
	}
}
