// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/LocaleText.h"
#include "command_line/StandardOutput.h"
#include "requester/Requester.h"
#include "requester/cli/Command.h"
#include "requester/cli/SambaOptions.h"
#include "requester/cli/SignalCancellation.h"
#include "requester/copy/SmbTree.h"
#include "requester/model/ShadowSetJson.h"
#include "requester/samba/fsrvp_client.h"
#include "requester/worker/WorkerConnector.h"
#include "samba/fss_version.h"

#include <cstdio>
#include <fmt/format.h>

namespace fss::requester {

namespace {

struct GlobalOptions {
	uint16_t port = 0;
	bool signOnly = false;
	std::string ownerCheck = "domain";
	std::string catalog;
	bool json = false;
	bool quiet = false;
	bool verbose = false;
};

OwnerCheck ownerCheckOf(const std::string &word)
{
	return word == "server"   ? OwnerCheck::Server
	       : word == "any"    ? OwnerCheck::Any
	       : word == "ignore" ? OwnerCheck::Ignore
	                          : OwnerCheck::Domain;
}

void addGlobalOptions(cli::Command &program, GlobalOptions &options)
{
	program.option("-p,--port", options.port, "SMB port of all servers");
	program.flag("--sign-only", options.signOnly, "sign the RPC, do not encrypt it");
	program.option("--owner-check", options.ownerCheck,
	               "A server can name another machine as a share's owner, which then gets the "
	               "user's\n"
	               "credentials. Follow it: 'server' only to the same machine, 'domain' also "
	               "within its DNS\n"
	               "domain, 'any' always, 'ignore' never. 'smbshadow check' tells what is "
	               "decided")
	        .oneOfIgnoringCase({"server", "domain", "any", "ignore"})
	        .showDefault();
	program.option("--catalog", options.catalog, "FILE that holds what was made")
	        .showDefault(Catalog::defaultFile().string());
	program.flag("--json", options.json, "answer in JSON");
	program.flag("-q,--quiet", options.quiet, "only answers and errors");
	program.flag("-v,--verbose", options.verbose, "also say each step");
}

void tell(const std::string &line)
{
	fmt::print(stderr, "smbshadow: {}\n", cli::toLocale(line));
}

// Steps go to standard error, so that answers can be piped.
ProgressCallback progressOf(const GlobalOptions &options)
{
	if (!options.verbose || options.quiet)
		return nullptr;
	return [](const Progress &progress) {
		tell(fmt::format("{}{}{}{}{}", name(progress.phase),
		                 progress.server.empty() ? "" : " ", progress.server,
		                 progress.detail.empty() ? "" : ": ", progress.detail));
	};
}

int answer(const Result<Answer> &result, bool json)
{
	const Failure *failure = !result           ? &result.error()
	                         : result->failure ? &*result->failure
	                                           : nullptr;
	if (json) {
		auto object = result ? result->json : nlohmann::json::object();
		object["ok"] = failure == nullptr;
		if (failure)
			object["failure"] = toJson(*failure);
		cli::print(object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
		           "\n");
	} else if (result) {
		cli::print(cli::toLocale(result->text));
	}
	if (failure)
		tell(failure->text());
	return failure ? exitCode(failure->kind) : 0;
}

Failure noLogin()
{
	return {.kind = FailureKind::Usage,
	        .step = "log in",
	        .reason = "there is no user name",
	        .advice = "give one with -U"};
}

Result<Answer> runCommand(Command &command, const GlobalOptions &options, const SambaOptions &samba)
{
	Login login;
	if (command.needsLogin()) {
		if (!samba.start())
			return failed({.kind = FailureKind::Usage,
			               .step = "start Samba's libraries",
			               .reason = "see above"});
		auto found = samba.login(options.port);
		if (!found)
			return failed(noLogin());
		login = std::move(*found);
	}
	Catalog catalog(options.catalog.empty() ? Catalog::defaultFile()
	                                        : std::filesystem::path(options.catalog));
	const SignalCancellation
	        cancellation; // from here on; a password prompt is left with Ctrl-C
	WorkerConnector connector(
	        {.port = options.port, .seal = !options.signOnly, .talkative = samba.debugs()});
	const SystemResolver resolver;
	Requester requester({.connector = connector,
	                     .resolver = resolver,
	                     .ownerCheck = ownerCheckOf(options.ownerCheck),
	                     .catalog = catalog,
	                     .writers = controlWriters,
	                     .progress = progressOf(options),
	                     .cancellation = cancellation});
	Environment environment{.requester = requester,
	                        .catalog = catalog,
	                        .login = login,
	                        .cancellation = cancellation,
	                        .resolver = resolver,
	                        .ownerCheck = ownerCheckOf(options.ownerCheck),
	                        .json = options.json,
	                        .quiet = options.quiet};
	return command.run(environment);
}

int run(int argc, char **argv)
{
	cli::Program program(
	        "Takes shadow copies of SMB shares on any server that speaks MS-FSRVP, and "
	        "backups of them",
	        "smbshadow");
	GlobalOptions options;
	SambaOptions samba;
	addGlobalOptions(program, options);
	samba.add(program);
	program.version("-V,--version", "smbshadow " SMBSHADOW_VERSION);

	Commands commands;
	addSetCommands(commands);
	addCopyCommands(commands);
	addScriptCommands(commands);
	Command *chosen = nullptr;
	for (const auto &command : commands)
		command->add(program).runs([&chosen, &command] { chosen = command.get(); });
	if (const auto parsed = program.parse(argc, argv); parsed != cli::Program::Parsed::Run)
		return parsed == cli::Program::Parsed::Done ? 0 : exitCode(FailureKind::Usage);
	smbshadow_samba_burn(argc, argv);
	return answer(runCommand(*chosen, options, samba), options.json);
}

} // namespace

int ended(int code)
{
	const auto problem = cli::endOutput();
	if (!problem)
		return code;
	tell(*problem);
	return code == 0 ? exitCode(FailureKind::Local) : code;
}

} // namespace fss::requester

int main(int argc, char **argv)
{
	fss::cli::openStandardFiles();
	if (!fss_version_is_served()) {
		fmt::print(
		        stderr,
		        "smbshadow: this was built for Samba {}, but {} is installed: install the "
		        "smbshadow built for that one\n",
		        fss_version_built(), fss_version_running());
		return 1;
	}
	fss::requester::allowThreads();
	int code = 1;
	try {
		code = fss::requester::run(argc, argv);
	} catch (const std::exception &error) {
		fmt::print(stderr, "smbshadow: {}\n", error.what());
	}
	return fss::requester::ended(code);
}
