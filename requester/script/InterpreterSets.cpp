// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Interpreter.h"
#include "requester/script/Listing.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>

namespace fss::requester {

namespace {

/// Whether a share that somebody names is a shadow copy's: by the server's name
/// as it was then, or by that of the machine that has the copy.
bool isOf(const ShadowCopy &copy, const Unc &share)
{
	return upper(copy.share) == upper(share.share) &&
	       (upper(copy.host) == upper(share.host) || upper(copy.server) == upper(share.host));
}

} // namespace

void Interpreter::print(const ShadowSet &set, const ShadowCopy &copy)
{
	world_.out << copyText(set, copy, aliases_, world_.machine);
}

void Interpreter::count(const char *what, size_t number)
{
	world_.out << fmt::format("Number of shadow copies {}: {}\n", what, number);
}

/// %VSS_SHADOW_n% or the name of ADD VOLUME for each, and %VSS_SHADOW_SET%. A
/// script reads from a copy's share: its name is in %NAME_DEVICE%.
void Interpreter::nameCopies(const ShadowSet &set)
{
	for (size_t i = 0; i < set.copies.size(); ++i) {
		const auto &copy = set.copies[i];
		auto given =
		        std::find_if(settings_.volumes.begin(), settings_.volumes.end(),
		                     [&](const auto &volume) { return isOf(copy, volume.share); });
		auto name = given != settings_.volumes.end() && !given->alias.empty()
		                    ? given->alias
		                    : fmt::format("VSS_SHADOW_{}", i + 1);
		aliases_.set(name, idText(copy.id));
		aliases_.set(name + "_DEVICE", copy.exposedUnc());
		world_.out << fmt::format(
		        "Alias {} for shadow ID {} set as environment variable.\n", name,
		        idText(copy.id));
	}
	aliases_.set("VSS_SHADOW_SET", idText(set.id));
	world_.out << fmt::format(
	        "Alias VSS_SHADOW_SET for shadow set ID {} set as environment variable.\n",
	        idText(set.id));
}

Result<void> Interpreter::create(const Words &words)
{
	if (!words.empty())
		return wrongUse("CREATE", "it takes nothing");
	if (settings_.volumes.empty())
		return wrongUse("CREATE", "there is no volume in the set", "ADD VOLUME first");
	if (!settings_.metadata.empty())
		if (auto done = Metadata::checkWritable(settings_.metadata); !done)
			return done;
	auto writers = takingPart();
	if (!writers)
		return tl::unexpected(writers.error());

	SetSpec spec{.shares = {},
	             .context = settings_.context(),
	             .writers = {},
	             .budgets = {},
	             .id = {}};
	Metadata metadata{.machine = world_.machine,
	                  .set = {},
	                  .volumes = {},
	                  .writers = *writers,
	                  .copies = {},
	                  .aliases = {},
	                  .files = {}};
	for (const auto &volume : settings_.volumes) {
		spec.shares.push_back(volume.share);
		metadata.volumes.push_back(
		        {.share = fmt::format("\\\\{}\\{}", volume.share.host, volume.share.share),
		         .paths = volume.paths});
	}
	for (const auto &writer : *writers) {
		auto hooks = world_.writers.hooks(writer.name);
		if (!hooks)
			return tl::unexpected(hooks.error());
		verbose(fmt::format("Including writer \"{}\".", writer.name));
		spec.writers.push_back(std::move(*hooks));
	}

	auto set = world_.requester.create(spec);
	if (!set)
		return tl::unexpected(set.error());
	if (!settings_.persistent)
		volatile_.push_back(set->id);
	nameCopies(*set);
	world_.out << fmt::format("Querying all shadow copies with the shadow copy set ID {}\n",
	                          idText(set->id));
	for (const auto &copy : set->copies)
		print(*set, copy);
	count("listed", set->copies.size());
	settings_.volumes.clear();

	metadata.set = std::move(*set);
	metadata.aliases = aliases_.all();
	backup_ = std::move(metadata);
	backupFile_ = settings_.metadata;
	if (backupFile_.empty())
		return {};
	verbose(fmt::format("Writing metadata to '{}'.", backupFile_.native()));
	return backup_->save(backupFile_);
}

/// What ALL, SET id, ID id, VOLUME share and OLDEST share mean, oldest first.
Result<std::vector<Interpreter::Chosen>> Interpreter::chosen(const Words &words,
                                                             const std::string &what)
{
	auto kind = words.empty() ? "" : upper(words[0]);
	bool takesNothing = kind == "ALL";
	bool byShare = kind == "VOLUME" || kind == "OLDEST";
	bool byId = kind == "SET" || kind == "ID";
	if ((!takesNothing && !byShare && !byId) || words.size() != (takesNothing ? 1U : 2U))
		return wrongUse(
		        what, "it is not said which",
		        "ALL, SET id, ID id, VOLUME \\\\server\\share or OLDEST \\\\server\\share");
	std::optional<Unc> share;
	if (byShare) {
		auto place = sharePathOf(words[1]);
		if (!place)
			return tl::unexpected(place.error());
		share = place->share;
	}
	auto sets = world_.catalog.sets();
	if (!sets)
		return tl::unexpected(sets.error());
	std::vector<Chosen> result;
	for (const auto &set : *sets)
		for (const auto &copy : set.copies)
			if (takesNothing || (byShare && isOf(copy, *share)) ||
			    (kind == "SET" && parseId<SetId>(words[1]) == set.id) ||
			    (kind == "ID" && (parseId<CopyId>(words[1]) == copy.id ||
			                      parseId<CopyId>(words[1]) == copy.serverCopyId)))
				result.push_back({.set = set, .copy = copy});
	if (result.empty() && byId)
		return failed({.kind = FailureKind::NotFound,
		               .step = what,
		               .reason = "this machine has made no such shadow copies, or they "
		                         "were deleted",
		               .advice = "LIST SHADOWS ALL"});
	if (kind == "OLDEST" && result.size() > 1)
		result.resize(1);
	return result;
}

Result<void> Interpreter::listShadows(const Words &words)
{
	auto what = fmt::format("LIST SHADOWS {}", fmt::join(words, " "));
	auto kind = words.empty() ? "" : upper(words[0]);
	if (kind == "VOLUME" || kind == "OLDEST")
		return wrongUse(what, "it is not said which",
		                "LIST SHADOWS {ALL | SET id | ID id}");
	auto copies = chosen(words, what);
	if (!copies)
		return tl::unexpected(copies.error());
	if (kind == "SET")
		world_.out << fmt::format(
		        "Querying all shadow copies with the shadow copy set ID {}\n",
		        idText(copies->front().set.id));
	else if (kind == "ID")
		world_.out << fmt::format("Querying the shadow copy with the ID {}\n",
		                          idText(copies->front().copy.id));
	else
		world_.out << "Querying all shadow copies made from this computer ...\n";
	if (copies->empty())
		world_.out << "No shadow copies found.\n";
	for (const auto &[set, copy] : *copies)
		print(set, copy);
	count("listed", copies->size());
	return {};
}

Result<void> Interpreter::remove(const Chosen &choice)
{
	world_.out << deletingText(choice.set, choice.copy) << std::flush;
	return world_.requester.deleteShareMapping(choice.set, choice.copy);
}

Result<void> Interpreter::deleteShadows(const Words &words)
{
	auto copies = chosen(words, fmt::format("DELETE SHADOWS {}", fmt::join(words, " ")));
	if (!copies)
		return tl::unexpected(copies.error());
	if (copies->empty())
		world_.out << "No shadow copies found.\n";
	size_t deleted = 0;
	Result<void> result;
	for (const auto &choice : *copies) {
		auto done = remove(choice);
		if (done)
			++deleted;
		else if (result)
			result = done;
	}
	count("deleted", deleted);
	return result;
}

} // namespace fss::requester
