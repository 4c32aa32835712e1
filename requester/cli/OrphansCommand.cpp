// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/OrphansCommand.h"

#include "protocol/Names.h"
#include "requester/cli/CreateCommand.h"
#include "requester/cli/SetText.h"
#include "requester/model/ShadowSetJson.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::requester {

namespace {

using nlohmann::json;

enum class Finding {
	Present,    ///< as the catalog has it
	Gone,       ///< the server has it no more
	Unfinished, ///< its making was not finished, and not taken back
	Unknown,    ///< shadow copies on the share's volume, none of them in the catalog
	Unclear,    ///< the server does not tell
};

std::string_view text(Finding finding)
{
	switch (finding) {
	case Finding::Present:
		return "present";
	case Finding::Gone:
		return "gone";
	case Finding::Unfinished:
		return "unfinished";
	case Finding::Unknown:
		return "not-in-catalog";
	case Finding::Unclear:
		return "unclear";
	}
	return "";
}

// A server that keeps to MS-FSRVP 3.1.4.11 has recovered sets refused
// (BAD_STATE), and so tells that it has them.
Finding onServer(Environment &environment, const ShadowSet &set, const ShadowCopy &copy,
                 std::optional<Failure> &failure)
{
	if (set.state == SetState::Making)
		return Finding::Unfinished;
	auto mapping = environment.requester.mapping(copy);
	if (mapping)
		return Finding::Present;
	constexpr uint32_t badState = 0x80042301;
	if (mapping.error().kind == FailureKind::NotFound)
		return Finding::Gone;
	if (mapping.error().code == badState)
		return Finding::Present;
	if (!failure)
		failure = mapping.error();
	return Finding::Unclear;
}

bool sameShare(const Unc &share, const ShadowCopy &copy)
{
	return sameName(share.host, copy.host) && sameName(share.share, copy.share);
}

class Report {
public:
	void add(Finding finding, const std::string &share, const ShadowSet *set,
	         const ShadowCopy *copy)
	{
		json entry{{"finding", text(finding)}, {"share", share}};
		std::string line = fmt::format("{:<14} {}", text(finding), share);
		if (set) {
			entry["set"] = set->id.text();
			entry["shadowCopy"] = copy->id.text();
			line += fmt::format("  set {}  {}", braced(set->id), copy->exposedUnc());
		}
		answer.json["findings"].push_back(std::move(entry));
		answer.text += line + "\n";
	}

	Answer answer{.text = {}, .json = {{"findings", json::array()}}, .failure = {}};
};

} // namespace

cli::Command OrphansCommand::add(cli::Command &program)
{
	auto command = program.command("orphans", "compare the catalog with the servers");
	command.option("share", shares_, "//SERVER/SHARE to look at besides those of the catalog");
	command.flag("--clean", clean_,
	             "forget what servers have no more, and take back what was not finished");
	return command;
}

Result<Answer> OrphansCommand::run(Environment &environment)
{
	auto asked = CreateOptions().spec(shares_, false);
	auto sets = environment.catalog.sets();
	if (!asked || !sets)
		return failed(!asked ? asked.error() : sets.error());
	Report report;
	std::vector<Unc> unaccounted = asked->shares;
	for (const ShadowSet &set : *sets) {
		for (const ShadowCopy &copy : set.copies) {
			const Finding finding =
			        onServer(environment, set, copy, report.answer.failure);
			report.add(finding, copy.given, &set, &copy);
			if (finding != Finding::Gone)
				std::erase_if(unaccounted, [&](const Unc &share) {
					return sameShare(share, copy);
				});
			else if (clean_)
				if (auto removed = environment.catalog.remove(set.id, copy.id);
				    !removed)
					return failed(removed.error());
		}
		if (clean_ && set.state == SetState::Making)
			if (auto removed = removeSet(environment, set);
			    !removed && !report.answer.failure)
				report.answer.failure = removed.error();
	}
	for (const Unc &share : unaccounted) {
		auto copied = environment.requester.isPathShadowCopied(share);
		if (!copied && copied.error().kind != FailureKind::Unsupported &&
		    !report.answer.failure)
			report.answer.failure = copied.error();
		if (!copied)
			report.add(Finding::Unclear, share.given, nullptr, nullptr);
		else if (copied->present)
			report.add(Finding::Unknown, share.given, nullptr, nullptr);
	}
	return report.answer;
}

} // namespace fss::requester
