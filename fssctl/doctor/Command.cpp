// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Command.h"

#include "fss_version.h"
#include "fssctl/doctor/Checks.h"
#include "fssctl/doctor/Doctor.h"
#include "fssctl/doctor/LiveSamba.h"
#include "fssctl/doctor/LoadModule.h"
#include "fssctl/doctor/LocalTrial.h"
#include "fssctl/doctor/NetworkTrial.h"
#include "fssctl/doctor/QuietHost.h"
#include "fssctl/doctor/Report.h"
#include "fssctl/doctor/StateCheck.h"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace fssctl {

namespace {

using namespace fss::doctor;

struct DoctorOptions {
	std::string share;
	bool quiet = false;
	bool noTest = false;
	std::string user;
	std::string credentialsFile;
	std::string host = "127.0.0.1";
	std::string module; ///< to load instead of all else
};

Colour colourOf(Verdict verdict)
{
	switch (verdict) {
	case Verdict::Ok:
		return Colour::Good;
	case Verdict::Info:
		return Colour::Faint;
	case Verdict::Warning:
		return Colour::Warning;
	case Verdict::Error:
		break;
	}
	return Colour::Bad;
}

void tell(Output &output, bool quiet, const Finding &finding)
{
	if (quiet && finding.verdict < Verdict::Warning)
		return;
	const auto share = finding.share.empty() ? "" : plain(finding.share) + ": ";
	output.line("{} {:<19} {}{}",
	            output.paint(colourOf(finding.verdict),
	                         fmt::format("{:<7}", name(finding.verdict))),
	            finding.check, share, plain(finding.text));
	for (const auto &remedy : finding.remedies)
		output.line("        -> {}", output.paint(Colour::Bold, plain(remedy.text())));
}

Exit finish(Output &output, const Findings &findings)
{
	if (output.json())
		output.print(asJson(findings));
	else
		output.line("{}", summary(findings));
	return gravest(findings) == Verdict::Error ? Exit::Failed : Exit::Ok;
}

/// Without the server there is little to look at.
Exit withoutServer(Context &context, const std::string &why)
{
	Finding finding{"configuration", "", Verdict::Error, why, {command({"testparm", "-s"})}};
	if (!fss_version_is_served())
		finding = wrongVersion(Machine(), fss_version_built(), fss_version_running());
	else if (!context.configFile.empty())
		finding.remedies = {command({"testparm", "-s", context.configFile})};
	Findings findings{finding};
	// With a configuration, it may be for the state.
	LiveSamba samba(nullptr, nullptr);
	if (fss_version_is_served() && std::filesystem::exists(samba.configurationFile())) {
		auto state = checkState(samba);
		if (gravest(state) == Verdict::Error)
			findings = std::move(state);
	}
	for (const auto &each : findings)
		tell(context.output(), false, each);
	return finish(context.output(), findings);
}

fss::Result<std::vector<StoredSet>> storedSets(Server &server)
{
	return server.survey().map([](const auto &survey) {
		std::vector<StoredSet> sets;
		for (const auto &view : survey.sets)
			sets.push_back({view.set, view.timerLeft && view.timerLeft->count() == 0});
		return sets;
	});
}

std::vector<std::string> foreignPaths(Server &server)
{
	std::vector<std::string> paths;
	if (const auto records = server.host().foreignRecords())
		for (const auto &record : *records)
			if (!record.path.empty())
				paths.push_back(record.path);
	return paths;
}

/// Samba's programs take a password from PASSWD, too.
Credentials credentialsOf(const DoctorOptions &options)
{
	auto credentials = Credentials::parse(options.user);
	credentials.file = options.credentialsFile;
	if (!credentials.file.empty() || options.user.find('%') != std::string::npos)
		return credentials;
	if (const char *password = std::getenv("PASSWD"))
		credentials.password = password;
	else if (isatty(STDIN_FILENO) == 1)
		credentials.password =
		        getpass(fmt::format("Password of {}: ", credentials.user).c_str());
	return credentials;
}

Findings trial(const DoctorOptions &options, Server &server, Samba &samba, Machine &machine,
               const std::optional<std::string> &share)
{
	const auto without = [&](const char *why) {
		return Findings{{"trial", options.share, Verdict::Info, why}};
	};
	if (options.noTest)
		return without("no trial was made: --no-test");
	if (!share)
		return without("no trial was made, as it would fail for the errors above");
	if (!options.user.empty() || !options.credentialsFile.empty()) {
		NetworkTrial network(samba, machine, options.host, credentialsOf(options));
		return {runTrial(network, *share)};
	}
	LocalTrial local(server);
	return {runTrial(local, *share),
	        {"trial", *share, Verdict::Info,
	         "smbd and the way over the network were not tried: fssctl doctor -U USER does "
	         "that, as a "
	         "backup client"}};
}

Exit examine(Context &context, const DoctorOptions &options)
{
	auto &output = context.output();
	auto *server = context.server();
	if (server == nullptr)
		return withoutServer(context, "the configuration cannot be used, see above");
	LiveSamba samba(server->host().host(), &server->host());
	Machine machine;
	QuietHost quiet(server->host());
	const Surroundings at{quiet,
	                      server->host(),
	                      server->providers(),
	                      server->guard(),
	                      samba,
	                      machine,
	                      std::filesystem::read_symlink("/proc/self/exe"),
	                      [server] { return storedSets(*server); },
	                      [server](const auto &share) { return server->lastVolume(share); },
	                      foreignPaths(*server)};
	Doctor doctor(at, [&](const auto &finding) { tell(output, options.quiet, finding); });
	doctor.examine(options.share);
	auto findings = doctor.findings();
	for (auto &finding : trial(options, *server, samba, machine, doctor.soundShare())) {
		tell(output, options.quiet, finding);
		findings.push_back(std::move(finding));
	}
	return finish(output, findings);
}

Exit tryToLoad(Output &output, const std::string &module)
{
	const auto why = loadModule(module);
	return why.empty() ? Exit::Ok : output.failed(Exit::Failed, why);
}

} // namespace

void addDoctor(cli::Command &program, Context &context)
{
	auto options = std::make_shared<DoctorOptions>();
	auto command = program.command(
	        "doctor",
	        "look at all that shadow copies need, and say what is wrong and mends it");
	command.option("share", options->share, "only this share, and the server");
	command.flag("-q,--quiet", options->quiet, "tell warnings and errors only");
	command.flag("--no-test", options->noTest, "make no shadow copy for a trial");
	command.option("-U,--user", options->user,
	               "make the trial over SMB as this account; without a password, PASSWD in the "
	               "environment counts, or it is asked for")
	        .valueName("[DOMAIN\\]USER[%PASSWORD]");
	command.option("-A,--authentication-file", options->credentialsFile,
	               "the same, with credentials from a file as smbclient -A takes it")
	        .valueName("FILE");
	command.option("--host", options->host, "name or address of this server for the trial")
	        .showDefault();
	command.option("--load-module", options->module).heading(""); // see Module.cpp
	context.runs(command, [&context, options] {
		if (context.restricted() && !(options->credentialsFile + options->module).empty())
			return context.output().failed(Exit::NoPermission, "-A is for root only");
		if (!options->module.empty())
			return tryToLoad(context.output(), options->module);
		return examine(context, *options);
	});
}

} // namespace fssctl
