// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"
#include "fssctl/Text.h"

#include <algorithm>

namespace fssctl {

namespace {

// What a sweep has changed: it is told by what was there before and is after.
struct Changes {
	std::vector<SetView> removed;
	std::vector<SetView> finished; ///< whose dead worker's job came to an end
	std::vector<SetView> changed;  ///< that lost shadow copies
	std::vector<SetView> left;     ///< that are to go, and could not be removed
};

Changes changesBetween(const Survey &before, const Survey &after)
{
	Changes out;
	for (const auto &was : before.sets) {
		const auto *is = after.find(was.set.id);
		if (is == nullptr)
			out.removed.push_back(was);
		else if (is->set.copies.size() != was.set.copies.size())
			out.changed.push_back(*is);
		else if (was.set.job && !was.worked && !is->set.job)
			out.finished.push_back(*is);
		if (is != nullptr && is->set.undoing && !is->worked)
			out.left.push_back(*is);
	}
	return out;
}

// Shares that a shadow copy is exposed as, and that the configuration lacks.
std::vector<std::string> missingShares(Server &server, const Survey &survey)
{
	std::vector<std::string> missing;
	for (const auto &view : survey.sets)
		for (const auto &copy : view.set.copies)
			for (const auto &mapping : copy.mappings)
				if (mapping.exposed && !mapping.deleting &&
				    !server.host().isPublished(mapping.exposedName))
					missing.push_back(mapping.exposedName);
	return missing;
}

Json idsJson(const std::vector<SetView> &views)
{
	auto out = Json::array();
	for (const auto &view : views)
		out.push_back({{"id", view.set.id.text()},
		               {"state", view.state()},
		               {"shares", view.set.shareList()}});
	return out;
}

void tell(Output &output, const std::vector<SetView> &views, std::string_view what)
{
	for (const auto &view : views)
		output.line("{} {} ({})", what, view.set.id.text(), plain(view.set.shareList()));
}

Exit sweep(Context &context)
{
	auto *server = context.server();
	if (server == nullptr)
		return Exit::Unusable;
	auto &output = context.output();
	const auto before = server->survey();
	if (!before)
		return output.failed(before.error());
	auto published = missingShares(*server, *before);
	const auto swept = server->sweep();
	const auto after = server->survey();
	if (!after)
		return output.failed(after.error());
	const auto changes = changesBetween(*before, *after);
	std::erase_if(published,
	              [&](const auto &name) { return !server->host().isPublished(name); });
	if (output.json())
		output.print({{"version", jsonVersion},
		              {"removed", idsJson(changes.removed)},
		              {"changed", idsJson(changes.changed)},
		              {"finished", idsJson(changes.finished)},
		              {"published", published},
		              {"left", idsJson(changes.left)}});
	tell(output, changes.removed, "removed");
	tell(output, changes.changed, "lost shadow copies:");
	tell(output, changes.finished, "finished");
	for (const auto &name : published)
		output.line("published again {}", plain(name));
	for (const auto &view : changes.left)
		output.say(fmt::format("set {} could not be removed yet; log.fssctl says why",
		                       view.set.id.text()));
	if (!swept)
		return output.failed(swept.error());
	if (changes.removed.empty() && changes.changed.empty() && changes.finished.empty() &&
	    changes.left.empty() && published.empty())
		output.line("nothing to do");
	return changes.left.empty() ? Exit::Ok : Exit::Failed;
}

} // namespace

void addPrune(cli::Command &program, Context &context)
{
	auto command = program.command(
	        "prune", "remove sets whose timer has elapsed, and what has lost its snapshot");
	context.runs(command, [&context] { return sweep(context); });
}

// What there is to do is the same: whoever opens the store ends what is half
// done, and whoever looks at the world finds shares missing.
void addRecover(cli::Command &program, Context &context)
{
	auto command = program.command(
	        "recover", "finish or undo what dead workers left, publish missing shares again");
	context.runs(command, [&context] { return sweep(context); });
}

} // namespace fssctl
