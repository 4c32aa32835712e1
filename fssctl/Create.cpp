// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/Creator.h"
#include "fssctl/Interrupt.h"
#include "fssctl/SetText.h"
#include "fssctl/Text.h"

namespace fssctl {

namespace {

void printMade(Output &output, const SetView &view, const std::string &host)
{
	for (const auto &copy : view.set.copies)
		for (const auto &mapping : copy.mappings)
			if (const auto unc = exposedUnc(mapping, host))
				output.line("{}", plain(*unc));
}

Exit create(Context &context, const CreateOptions &options)
{
	auto *server = context.server();
	if (server == nullptr)
		return Exit::Unusable;
	auto &output = context.output();
	const auto names = server->names();
	const auto host = names.empty() ? std::string("localhost") : names.front();
	Creator creator(*server, options, host);
	const auto set = creator.make([&](std::string_view step, size_t done, size_t of) {
		output.progress(step, done, of);
	});
	output.progressDone();
	if (!set && interrupted())
		return output.failed(Exit::Interrupted, "interrupted; nothing was made");
	if (!set)
		return output.failed(set.error());
	const auto survey = server->survey();
	if (!survey)
		return output.failed(survey.error());
	const auto *view = survey->find(*set);
	if (view == nullptr)
		return output.failed(Exit::Failed, fmt::format("set {} was made, and has been "
		                                               "removed by another already",
		                                               set->text()));
	if (output.json())
		output.print(
		        {{"version", jsonVersion}, {"set", setJson(*view, *server, survey->now)}});
	else
		printMade(output, *view, host);
	return Exit::Ok;
}

} // namespace

void addCreate(cli::Command &program, Context &context)
{
	auto options = std::make_shared<CreateOptions>();
	auto command = program.command(
	        "create", "make one shadow copy set of shares, and print what they are exposed as");
	command.option("share", options->shares, "names of shares").required();
	command.flag("--temporary", options->temporary, "gone with the next start of the machine");
	auto wait = std::make_shared<std::string>("60s");
	command.option("--wait", *wait, "how long to wait while other clients make theirs")
	        .valueName("DURATION")
	        .showDefault()
	        .check([](const std::string &text) {
		        return parseDuration(text) ? std::string() : text + " is no duration";
	        });
	context.runs(command, [&context, options, wait] {
		options->wait = *parseDuration(*wait);
		return create(context, *options);
	});
}

} // namespace fssctl
