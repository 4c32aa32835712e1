// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/CheckCommand.h"
#include "requester/cli/CreateCommand.h"
#include "requester/cli/OrphansCommand.h"
#include "requester/cli/SetText.h"
#include "requester/model/ShadowSetJson.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

class ListCommand : public Command {
public:
	cli::Command add(cli::Command &program) override
	{
		return program.command("list", "the sets that were made from here");
	}
	bool needsLogin() const override { return false; }
	Result<Answer> run(Environment &environment) override
	{
		auto sets = environment.catalog.sets();
		if (!sets)
			return failed(sets.error());
		Answer answer;
		answer.json["sets"] = nlohmann::json::array();
		for (const ShadowSet &set : *sets) {
			answer.text += describe(set);
			answer.json["sets"].push_back(toJson(set));
		}
		return answer;
	}
};

/// A command about sets of the catalog that are named on the command line.
class NamedSetsCommand : public Command {
protected:
	cli::Command addNamed(cli::Command &program, const char *name, const char *text,
	                      bool several)
	{
		auto command = program.command(name, text);
		auto option = command.option(
		        "set", names_,
		        "id of the set or of a shadow copy in it, or its first 8 digits or more");
		option.required();
		if (!several)
			option.count(1, 1);
		return command;
	}

	Result<std::vector<ShadowSet>> named(const Environment &environment) const
	{
		std::vector<ShadowSet> sets;
		for (const std::string &each : names_) {
			auto set = environment.catalog.find(each);
			if (!set)
				return failed(set.error());
			sets.push_back(std::move(*set));
		}
		return sets;
	}

private:
	std::vector<std::string> names_;
};

class ShowCommand : public NamedSetsCommand {
public:
	cli::Command add(cli::Command &program) override
	{
		return addNamed(program, "show", "all that is known of a set", false);
	}
	bool needsLogin() const override { return false; }
	Result<Answer> run(Environment &environment) override
	{
		auto sets = named(environment);
		if (!sets)
			return failed(sets.error());
		const ShadowSet &set = sets->front();
		Answer answer{
		        .text = fmt::format("Set:          {}\nMade:         {}\nState:        "
		                            "{}\nContext:      0x{:08X}{}{}\n",
		                            braced(set.id), localTime(set.created), name(set.state),
		                            set.context.value(),
		                            set.context.persistent() ? " persistent" : "",
		                            set.context.autoRecovery() ? " auto-recovery" : ""),
		        .json = {{"set", toJson(set)}},
		        .failure = {}};
		for (const ShadowCopy &copy : set.copies)
			answer.text += fmt::format(
			        "\nShare:        {}\n  Server:     {}\n  Shadow copy: {}\n  Its "
			        "set:    {}\n  Created:    {}\n  Exposed as: {}\n",
			        copy.given, copy.server, braced(copy.serverCopyId),
			        braced(copy.serverSetId), localTime(copy.created),
			        copy.exposedUnc());
		return answer;
	}
};

class DeleteCommand : public NamedSetsCommand {
public:
	cli::Command add(cli::Command &program) override
	{
		return addNamed(program, "delete",
		                "delete sets, with their snapshots and exposed shares", true);
	}
	Result<Answer> run(Environment &environment) override
	{
		auto sets = named(environment);
		if (!sets)
			return failed(sets.error());
		Answer answer;
		answer.json["deleted"] = nlohmann::json::array();
		for (const ShadowSet &set : *sets) {
			auto removed = removeSet(environment, set);
			if (removed) {
				answer.text += fmt::format("deleted {}\n", braced(set.id));
				answer.json["deleted"].push_back(set.id.text());
			} else if (!answer.failure) {
				answer.failure = removed.error();
			}
		}
		return answer;
	}
};

class CompleteCommand : public NamedSetsCommand {
public:
	cli::Command add(cli::Command &program) override
	{
		return addNamed(program, "complete", "make an auto-recovery set read-only for good",
		                false);
	}
	Result<Answer> run(Environment &environment) override
	{
		auto sets = named(environment);
		if (!sets)
			return failed(sets.error());
		auto done = environment.requester.recoveryComplete(sets->front());
		if (!done)
			return failed(done.error());
		return Answer{
		        .text = describe(*done), .json = {{"set", toJson(*done)}}, .failure = {}};
	}
};

} // namespace

void addSetCommands(Commands &commands)
{
	commands.push_back(std::make_unique<CreateCommand>());
	commands.push_back(std::make_unique<ListCommand>());
	commands.push_back(std::make_unique<ShowCommand>());
	commands.push_back(std::make_unique<DeleteCommand>());
	commands.push_back(std::make_unique<CompleteCommand>());
	commands.push_back(std::make_unique<OrphansCommand>());
	commands.push_back(std::make_unique<CheckCommand>());
}

} // namespace fss::requester
