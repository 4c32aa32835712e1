// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/CheckCommand.h"

#include "requester/cli/CreateCommand.h"
#include "requester/model/ShadowSetJson.h"

#include <fmt/format.h>

namespace fss::requester {

cli::Command CheckCommand::add(cli::Command &program)
{
	auto command = program.command(
	        "check", "whether shares can have shadow copies, and which machine makes them");
	command.option("share", shares_, "//SERVER/SHARE").required();
	return command;
}

Result<Answer> CheckCommand::run(Environment &environment)
{
	auto spec = CreateOptions().spec(shares_, false);
	if (!spec)
		return failed(spec.error());
	Answer answer;
	answer.json["shares"] = nlohmann::json::array();
	for (const Unc &share : spec->shares) {
		auto support = environment.requester.isPathSupported(share);
		if (!support)
			return failed(support.error());
		const auto decision = decideOwner(share.host, support->owner,
		                                  environment.ownerCheck, environment.resolver);
		if (!decision && !answer.failure)
			answer.failure = decision.error();
		const std::string how = decision ? decision->reason : decision.error().reason;
		answer.text += fmt::format("{}: {}, owner {}; {}\n", share.given,
		                           support->supported ? "supported" : "not supported",
		                           support->owner, how);
		answer.json["shares"].push_back(
		        {{"share", share.given},
		         {"supported", support->supported},
		         {"owner", support->owner},
		         {"server", decision ? nlohmann::json(decision->host) : nlohmann::json()},
		         {"reason", how}});
	}
	return answer;
}

} // namespace fss::requester
