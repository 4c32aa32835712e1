// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/SetTable.h"
#include "fssctl/SetText.h"

namespace fssctl {

namespace {

Exit list(Context &context, Server &server, const Survey &survey)
{
	auto &output = context.output();
	if (output.json()) {
		auto sets = Json::array();
		for (const auto &view : survey.sets)
			sets.push_back(setJson(view, server, survey.now));
		output.print({{"version", jsonVersion}, {"sets", sets}});
		return Exit::Ok;
	}
	if (survey.sets.empty())
		output.line("no shadow copy sets");
	else
		output.text(setTable(survey, server).text(output, output.width()));
	return Exit::Ok;
}

} // namespace

void addList(cli::Command &program, Context &context)
{
	auto command = program.command("list", "list all shadow copy sets");
	context.runs(command, [&context] {
		return context.withSurvey([&](Server &server, const Survey &survey) {
			return list(context, server, survey);
		});
	});
}

} // namespace fssctl
