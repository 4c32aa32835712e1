// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/StandardOutput.h"
#include "fssctl/Commands.h"
#include "fssctl/Interrupt.h"
#include "fssctl/SetTable.h"
#include "fssctl/SetText.h"
#include "fssctl/Text.h"

#include <chrono>
#include <ctime>
#include <map>
#include <poll.h>

namespace fssctl {

namespace {

// Between two looks at the store, which take its lock for a moment.
constexpr int pauseMs = 500;
constexpr std::string_view clearScreen = "\033[H\033[J";

// What makes a set another than it was, for those who follow it.
std::string signature(const SetView &view)
{
	std::string text = view.state() + (view.worked ? " at work" : "");
	for (const auto &copy : view.set.copies)
		for (const auto &mapping : copy.mappings)
			text += "\n" + copy.id.text() + mapping.share;
	return text;
}

class Watcher {
public:
	Watcher(Output &output, Server &server) : output_(output), server_(server) {}

	void show(const Survey &survey)
	{
		if (Output::isTerminal() && !output_.json())
			return showScreen(survey);
		std::map<std::string, SetView> now;
		for (const auto &view : survey.sets)
			now.emplace(view.set.id.text(), view);
		for (const auto &[id, view] : now) {
			const auto was = seen_.find(id);
			if (was == seen_.end())
				report("appeared", view, survey.now);
			else if (signature(was->second) != signature(view))
				report("changed", view, survey.now);
		}
		for (const auto &[id, view] : seen_)
			if (!now.contains(id))
				report("removed", view, survey.now);
		seen_ = std::move(now);
	}

private:
	void showScreen(const Survey &survey)
	{
		const auto table = setTable(survey, server_).text(output_, output_.width());
		output_.text(fmt::format("{}{}  {} sets, Ctrl-C ends\n\n{}", clearScreen,
		                         timeText(survey.now), survey.sets.size(), table));
	}
	void report(std::string_view event, const SetView &view, int64_t now)
	{
		if (output_.json())
			return output_.printLine({{"version", jsonVersion},
			                          {"time", timeText(now)},
			                          {"event", event},
			                          {"set", setJson(view, server_, now)}});
		output_.line("{} {} {} {} ({})", timeText(now), event, view.set.id.text(),
		             view.state(), plain(view.set.shareList()));
	}

	Output &output_;
	Server &server_;
	std::map<std::string, SetView> seen_;
};

Exit watch(Context &context)
{
	auto *server = context.server();
	if (server == nullptr)
		return Exit::Unusable;
	Watcher watcher(context.output(), *server);
	while (!interrupted() && !cli::outputFailed()) {
		const auto survey = server->survey();
		if (!survey)
			return context.output().failed(survey.error());
		watcher.show(*survey);
		poll(nullptr, 0, pauseMs);
	}
	return Exit::Ok; // that is how it ends
}

} // namespace

void addWatch(cli::Command &program, Context &context)
{
	auto command = program.command(
	        "watch", "show the sets as they change, until Ctrl-C; without a terminal, print "
	                 "each change as a line");
	context.runs(command, [&context] { return watch(context); });
}

} // namespace fssctl
