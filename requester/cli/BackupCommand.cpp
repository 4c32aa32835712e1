// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/BackupCommand.h"

#include "requester/catalog/AtomicFile.h"
#include "requester/cli/Retention.h"
#include "requester/cli/SetText.h"
#include "requester/model/ShadowSetJson.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

Metadata metadataOf(const ShadowSet &set, const BackupPlace &place)
{
	Metadata metadata = metadataOf(set);
	for (const ShadowCopy &copy : set.copies)
		metadata.copies.push_back(
		        {copy.id, directoryFor(set, copy, place.finished).string()});
	return metadata;
}

} // namespace

cli::Command BackupCommand::add(cli::Command &program)
{
	auto command = program.command("backup", "copy shares as they are at one instant");
	command.option("share", words_,
	               "//SERVER/SHARE..., and the directory for backups, of which each gets "
	               "one of its own")
	        .required()
	        .count(2, 1000);
	create_.add(command);
	copy_.add(command);
	command.option("--keep", keep_,
	               "delete all but the newest N backups of that directory, once this one "
	               "is whole")
	        .range(1, 100000);
	return command;
}

Result<Answer> BackupCommand::run(Environment &environment)
{
	const std::filesystem::path destination = words_.back();
	auto spec = create_.spec({words_.begin(), words_.end() - 1}, false);
	if (!spec)
		return failed(spec.error());
	// One at a time: what another one left unfinished is removed.
	auto lock = FileLock::take(destination / "backup");
	if (!lock)
		return failed(lock.error());
	auto set = environment.requester.create(*spec);
	if (!set)
		return failed(set.error());

	const BackupPlace place(destination, set->created);
	auto copied = copySet(environment, *set, place.partial, copy_);
	auto removed = removeSet(environment, *set);
	if (!copied)
		return failed(copied.error());
	Answer answer = answerOf(*copied);
	answer.json["backup"] = place.finished.string();
	answer.json["set"] = toJson(*set);
	if (!answer.failure) {
		auto saved = metadataOf(*set, place).save(place.partial / metadataName);
		auto kept = saved ? place.finish() : saved;
		auto pruned = kept && keep_ > 0 ? prune(destination, keep_)
		                                : Result<std::vector<std::string>>();
		if (!kept)
			answer.failure = kept.error();
		else if (!pruned)
			answer.failure = pruned.error();
		else
			answer.json["removed"] = *pruned;
		answer.text += fmt::format("backup {}\n", place.finished.string());
	}
	if (!removed && !answer.failure)
		answer.failure = removed.error();
	return answer;
}

} // namespace fss::requester
