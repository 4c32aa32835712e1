// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/Figures.h"
#include "fssctl/SetText.h"

#include <cstdio>

namespace fssctl {

namespace {

void addSizes(Figures &figures, const Survey &survey, Server &server)
{
	for (const auto &view : survey.sets) {
		for (const auto &snapshot : snapshotsOf(view, server)) {
			if (!snapshot || !snapshot->size)
				continue;
			const auto add = [](auto &total, uint64_t bytes) {
				total = total.value_or(0) + bytes;
			};
			add(figures.exclusiveBytes, snapshot->size->exclusive);
			add(figures.referencedBytes, snapshot->size->referenced);
		}
	}
}

Exit stats(Context &context, Server &server, const Survey &survey, bool prometheus)
{
	auto &output = context.output();
	auto figures = figuresOf(survey);
	addSizes(figures, survey, server);
	if (prometheus)
		output.raw(prometheusText(figures));
	else if (output.json())
		output.print(figuresJson(figures));
	else
		output.text(figuresText(figures));
	return Exit::Ok;
}

} // namespace

void addStats(cli::Command &program, Context &context)
{
	auto command = program.command("stats", "show what there is, and what was counted");
	auto prometheus = std::make_shared<bool>(false);
	command.flag("--prometheus", *prometheus,
	             "in Prometheus' text format, for node_exporter's textfile collector");
	context.runs(command, [&context, prometheus] {
		return context.withSurvey([&](Server &server, const Survey &survey) {
			return stats(context, server, survey, *prometheus);
		});
	});
}

} // namespace fssctl
