// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Deletion.h"

#include "fssctl/Commands.h"
#include "fssctl/Interrupt.h"
#include "fssctl/SetText.h"
#include "fssctl/Text.h"

#include <iostream>
#include <unistd.h>

namespace fssctl {

namespace {

// What is to go, in words.
std::string describe(const Target &target)
{
	const auto &set = target.view.set;
	if (target.mappings.empty())
		return fmt::format("set {} ({}, {})", set.id.text(), target.view.state(),
		                   plain(set.shareList()));
	std::string shares;
	for (const auto &mapping : target.mappings)
		shares += (shares.empty() ? "" : ", ") + mapping.share;
	return fmt::format("{} of set {}", plain(shares), set.id.text());
}

// nullopt: nobody can be asked.
std::optional<bool> confirmed(Output &output, const std::vector<Target> &targets, bool keep)
{
	if (!output.canAsk())
		return std::nullopt;
	for (const auto &target : targets)
		output.ask(fmt::format("  {}\n", describe(target)));
	output.ask(keep ? "Forget these, and keep their snapshots? [y/N] "
	                : "Delete these, with their snapshots? [y/N] ");
	std::string answer;
	std::getline(std::cin, answer);
	return answer == "y" || answer == "Y" || answer == "yes";
}

fss::Result<void> removeTarget(Server &server, const Target &target, bool keep)
{
	if (keep)
		return server.forget(target.view.set.id, target.mappings);
	if (target.mappings.empty())
		return server.remove(target.view.set.id);
	for (const auto &mapping : target.mappings)
		if (auto gone = server.remove(target.view.set.id, mapping); !gone)
			return gone;
	return {};
}

// Snapshots that nobody has on record any more once it is gone.
std::vector<std::string> keptSnapshots(Server &server, const Target &target)
{
	std::vector<std::string> paths;
	for (const auto &copy : target.view.set.copies) {
		size_t going = 0;
		for (const auto &mapping : target.mappings)
			going += mapping.copy == copy.id ? 1 : 0;
		if (target.mappings.empty() || going == copy.mappings.size())
			paths.push_back(server.snapshotPath(copy));
	}
	return paths;
}

Json targetJson(const Target &target)
{
	auto shares = Json::array();
	for (const auto &mapping : target.mappings)
		shares.push_back({{"copy", mapping.copy.text()}, {"share", mapping.share}});
	return {{"id", target.view.set.id.text()},
	        {"whole", target.mappings.empty()},
	        {"shares", shares}};
}

struct Done {
	Json deleted = Json::array();
	Json failed = Json::array();
	Exit exit = Exit::Ok;
};

void removeOne(Context &context, Server &server, const Target &target, bool keep, Done &done)
{
	auto &output = context.output();
	auto entry = targetJson(target);
	const auto kept = keep ? keptSnapshots(server, target) : std::vector<std::string>();
	const auto gone = removeTarget(server, target, keep);
	if (!gone) {
		entry["error"] = gone.error().text();
		done.failed.push_back(entry);
		const auto code = output.failed(gone.error());
		done.exit = done.exit == Exit::Ok || done.exit == code ? code : Exit::Failed;
		return;
	}
	entry["kept_snapshots"] = kept;
	done.deleted.push_back(entry);
	output.line("{} {}", keep ? "forgotten:" : "deleted:", describe(target));
	for (const auto &path : kept)
		output.line("snapshot kept: {}", plain(path));
}

Exit removeAll(Context &context, Server &server, const Selected &selected, bool keep)
{
	auto &output = context.output();
	Done done;
	size_t count = 0;
	for (const auto &target : selected.targets) {
		if (interrupted())
			break;
		output.progress(describe(target), count++, selected.targets.size());
		removeOne(context, server, target, keep, done);
	}
	output.progressDone();
	if (output.json()) {
		auto spared = Json::array();
		for (const auto &view : selected.spared)
			spared.push_back(view.set.id.text());
		output.print({{"version", jsonVersion},
		              {"deleted", done.deleted},
		              {"failed", done.failed},
		              {"in_use", spared}});
	}
	return interrupted() ? Exit::Interrupted : done.exit;
}

Exit remove(Context &context, Server &server, const Survey &survey, const Selection &selection,
            bool yes, bool keep)
{
	auto &output = context.output();
	const auto selected = select(survey, selection);
	if (!selected)
		return output.failed(selected.error());
	for (const auto &view : selected->spared)
		output.say(fmt::format("set {} is left alone: its client ({}) is at work on it; "
		                       "to abort it nevertheless, name it, or use --unfinished",
		                       view.set.id.text(), view.set.client));
	if (!selected->targets.empty() && !yes) {
		const auto answer = confirmed(output, selected->targets, keep);
		if (!answer)
			return output.failed(Exit::Declined,
			                     "nothing is deleted: there is no terminal to ask on; "
			                     "say --yes");
		if (!*answer)
			return output.failed(Exit::Declined, "nothing is deleted");
	}
	if (selected->targets.empty())
		output.line("nothing to delete");
	return removeAll(context, server, *selected, keep);
}

struct Arguments {
	Selection selection;
	std::string olderThan;
	bool yes = false;
	bool keep = false;
};

} // namespace

void addDelete(cli::Command &program, Context &context)
{
	auto arguments = std::make_shared<Arguments>();
	auto &selection = arguments->selection;
	auto command = program.command("delete", "delete shadow copies");
	auto which = command.anyOf("which");
	auto ids =
	        which.option("set", selection.ids,
	                     "ids of sets or shadow copies, their start, or exposed shares' names");
	auto share = which.option("--share", selection.share, "all shadow copies of this share")
	                     .valueName("SHARE");
	auto age = which.option("--older-than", arguments->olderThan,
	                        "all sets of at least that age, as 90m, 36h, 7d")
	                   .valueName("DURATION")
	                   .check([](const std::string &text) {
		                   return parseDuration(text)
		                                  ? std::string()
		                                  : text + " is no duration, as 90m, 36h or 7d";
	                   });
	auto all = which.flag("--all", selection.all, "all sets");
	ids.excludes(share).excludes(age).excludes(all);
	all.excludes(share).excludes(age);
	command.flag("--unfinished", selection.unfinished,
	             "with --share, --older-than and --all: sets that a client is still "
	             "working on, too");
	command.flag("--keep-snapshots", arguments->keep,
	             "forget the shadow copies, and leave their snapshots where they are");
	command.flag("-y,--yes", arguments->yes, "do not ask");
	context.runs(command, [&context, arguments] {
		auto &selection = arguments->selection;
		if (!arguments->olderThan.empty())
			selection.olderThan = parseDuration(arguments->olderThan);
		return context.withSurvey([&](Server &server, const Survey &survey) {
			return remove(context, server, survey, selection, arguments->yes,
			              arguments->keep);
		});
	});
}

} // namespace fssctl
