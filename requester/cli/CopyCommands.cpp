// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/BackupCommand.h"
#include "requester/cli/CopyRun.h"
#include "requester/cli/SetText.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

class CopyCommand : public Command {
public:
	cli::Command add(cli::Command &program) override
	{
		auto command =
		        program.command("copy", "copy the files of a set to this machine; goes "
		                                "on where an earlier run ended");
		command.option("set", set_,
		               "id of the set or of a shadow copy in it, or its first 8 "
		               "digits or more")
		        .required();
		command.option("destination", destination_,
		               "directory; of several shares each gets one below it")
		        .required();
		options_.add(command);
		return command;
	}

	Result<Answer> run(Environment &environment) override
	{
		auto set = environment.catalog.find(set_);
		if (!set)
			return failed(set.error());
		auto copied = copySet(environment, *set, destination_, options_);
		if (!copied)
			return failed(copied.error());
		return answerOf(*copied);
	}

private:
	std::string set_;
	std::string destination_;
	CopyCommandOptions options_;
};

class RestoreCommand : public Command {
public:
	cli::Command add(cli::Command &program) override
	{
		auto command = program.command("restore", "copy files of a backup back to a share");
		command.option("backup", copy_,
		               "directory that 'copy' or 'backup' made of one share")
		        .required();
		command.option("share", share_, "//SERVER/SHARE, or a directory on it").required();
		command.option("path", paths_,
		               "files and directories of the backup; without, all of it");
		command.flag("--no-acls", noAcls_, "leave owners and access rights to the share");
		command.flag("--verify", verify_, "read back what was written");
		return command;
	}

	Result<Answer> run(Environment &environment) override
	{
		auto place = placeOf(share_);
		if (!place)
			return failed(place.error());
		RestoreOptions options;
		options.securityDescriptors = !noAcls_;
		options.verify = verify_;
		options.chosen = paths_;
		Meters meters(environment);
		auto report = restoreToShare(smbConnect(*place, environment.login), copy_, options,
		                             meters.watch(copy_), environment.cancellation);
		if (!report)
			return failed(report.error());
		return answerOf({{.share = place->unc(), .directory = copy_, .report = *report}});
	}

private:
	std::string copy_;
	std::string share_;
	std::vector<std::string> paths_;
	bool noAcls_ = false;
	bool verify_ = false;
};

} // namespace

void addCopyCommands(Commands &commands)
{
	commands.push_back(std::make_unique<CopyCommand>());
	commands.push_back(std::make_unique<BackupCommand>());
	commands.push_back(std::make_unique<RestoreCommand>());
}

} // namespace fss::requester
