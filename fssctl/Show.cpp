// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/Select.h"
#include "fssctl/SetText.h"
#include "fssctl/Text.h"

namespace fssctl {

namespace {

void field(Output &output, std::string_view name, std::string_view value,
           Colour colour = Colour::None)
{
	output.line("{:<14} {}", name, output.paint(colour, value));
}

std::string workText(const SetView &view)
{
	const auto &job = *view.set.job;
	return fmt::format("process {} {}", job.owner.pid,
	                   view.worked ? "is at work on it" : "died while it worked on it");
}

void showCopy(Output &output, const fss::ShadowCopy &copy,
              const std::optional<SnapshotView> &snapshot, const std::string &host)
{
	output.line("");
	field(output, "shadow copy", copy.id.text(), Colour::Bold);
	field(output, "  volume",
	      fmt::format("{} ({})", plain(copy.volume.root), plain(copy.volume.id)));
	field(output, "  snapshot", snapshot ? plain(snapshot->path) : "not made yet");
	if (snapshot)
		field(output, "  taken", timeText(fss::unixSeconds(copy.taken)));
	if (snapshot && snapshot->size)
		field(output, "  size",
		      fmt::format("{} exclusive, {} in all", sizeText(snapshot->size->exclusive),
		                  sizeText(snapshot->size->referenced)));
	for (const auto &mapping : copy.mappings) {
		const auto unc = exposedUnc(mapping, host);
		field(output, "  share",
		      fmt::format("{} {}", plain(mapping.share),
		                  unc ? "as " + plain(*unc) : std::string("(not exposed)")));
	}
}

void showText(Output &output, Server &server, const SetView &view, int64_t now)
{
	const auto &set = view.set;
	const auto names = server.names();
	const auto created = view.created();
	field(output, "set", set.id.text(), Colour::Bold);
	field(output, "state", view.state(), colourOf(view));
	if (set.job)
		field(output, "work", workText(view), view.worked ? Colour::None : Colour::Bad);
	field(output, "context",
	      contextText(set.context) + (set.context.persistent() ? ", persistent" : ""));
	field(output, "client",
	      fmt::format("{} at {}{}", plain(set.account), plain(set.client),
	                  view.clientConnected ? ", connected" : ""));
	if (created)
		field(output, "created",
		      fmt::format("{}, {} ago", timeText(*created),
		                  durationText(std::chrono::seconds(now - *created))));
	if (view.timerLeft)
		field(output, "timer",
		      fmt::format("removed in {} unless its client goes on",
		                  durationText(*view.timerLeft)));
	const auto snapshots = snapshotsOf(view, server);
	for (size_t i = 0; i < set.copies.size(); i++)
		showCopy(output, set.copies[i], snapshots[i],
		         names.empty() ? std::string() : names.front());
}

Exit show(Context &context, Server &server, const Survey &survey, const std::string &id)
{
	auto &output = context.output();
	const auto named = findNamed(survey, id);
	if (!named)
		return output.failed(named.error());
	if (output.json())
		output.print({{"version", jsonVersion},
		              {"set", setJson(*named->view, server, survey.now)}});
	else
		showText(output, server, *named->view, survey.now);
	return Exit::Ok;
}

} // namespace

void addShow(cli::Command &program, Context &context)
{
	auto command = program.command("show", "show all that is known of a shadow copy set");
	auto id = std::make_shared<std::string>();
	command.option("set", *id, "id of the set or of a shadow copy in it, or its start")
	        .required();
	context.runs(command, [&context, id] {
		return context.withSurvey([&](Server &server, const Survey &survey) {
			return show(context, server, survey, *id);
		});
	});
}

} // namespace fssctl
