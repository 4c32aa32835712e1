// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/CreateCommand.h"

#include "command_line/LocaleText.h"
#include "requester/cli/SetText.h"
#include "requester/metadata/Metadata.h"
#include "requester/model/ShadowSetJson.h"

#include <fmt/format.h>

namespace fss::requester {

void CreateOptions::add(cli::Command &command)
{
	command.flag("--persistent", persistent, "survives a restart of the servers");
	command.option("--freeze", freeze,
	               "command that holds the application still, run just before the snapshots");
	command.option("--thaw", thaw,
	               "command that lets it go on, run just after, whatever happened");
	command.option("--frozen", frozenSeconds, "SECONDS that it may be held still")
	        .range(1, 60)
	        .showDefault();
}

Result<SetSpec> CreateOptions::spec(const std::vector<std::string> &shares, bool autoRecovery) const
{
	SetSpec spec;
	for (const std::string &share : shares) {
		auto unc = parseShare(cli::fromLocale(share));
		if (!unc)
			return failed({.kind = FailureKind::Usage,
			               .step = fmt::format("read '{}'", share),
			               .reason = unc.error().step,
			               .advice = "name a share as //SERVER/SHARE"});
		spec.shares.push_back(*unc);
	}
	const bool writers = !freeze.empty() || !thaw.empty();
	spec.context = contextOf(persistent, autoRecovery, writers);
	if (writers)
		spec.writers.push_back(
		        {.name = "the command line", .freeze = freeze, .thaw = thaw});
	spec.budgets.frozen = std::chrono::seconds(frozenSeconds);
	return spec;
}

cli::Command CreateCommand::add(cli::Command &program)
{
	auto command = program.command(
	        "create", "make a shadow copy set of shares, on one server or several");
	command.option("share", shares_, "//SERVER/SHARE").required();
	options_.add(command);
	command.flag(
	        "--auto-recovery", autoRecovery_,
	        "exposed shares can be written until 'smbshadow complete SET', within 30 minutes");
	command.option("--metadata", metadata_, "FILE to write what was made to, for a restore");
	return command;
}

Result<Answer> CreateCommand::run(Environment &environment)
{
	auto spec = options_.spec(shares_, autoRecovery_);
	if (!spec)
		return failed(spec.error());
	spec->completeLater = autoRecovery_;
	if (!metadata_.empty())
		if (auto writable = Metadata::checkWritable(metadata_); !writable)
			return failed(writable.error());
	auto set = environment.requester.create(*spec);
	if (!set)
		return failed(set.error());
	Answer answer{.text = describe(*set), .json = {{"set", toJson(*set)}}, .failure = {}};
	if (!metadata_.empty())
		if (auto saved = metadataOf(*set).save(metadata_); !saved)
			answer.failure = saved.error(); // the set is there, and in the catalog
	return answer;
}

} // namespace fss::requester
