// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Interpreter.h"
#include "requester/script/Listing.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace fss::requester {

namespace {

/// "{writer}:component" taken apart; a component may hold colons.
struct WriterAndComponent {
	std::string writer;
	std::string component;
};

WriterAndComponent partsOf(const std::string &text)
{
	auto colon = text.find(':');
	return colon == std::string::npos ? WriterAndComponent{.writer = text, .component = {}}
	                                  : WriterAndComponent{.writer = text.substr(0, colon),
	                                                       .component = text.substr(colon + 1)};
}

bool names(const std::vector<std::string> &list, const std::string &writer)
{
	return std::any_of(list.begin(), list.end(), [&](const std::string &text) {
		return Writers::key(partsOf(text).writer) == Writers::key(writer);
	});
}

} // namespace

Result<void> Interpreter::checkComponents(const MetadataWriter &writer) const
{
	for (const auto &text : settings_.verified) {
		auto [name, component] = partsOf(text);
		if (component.empty() || Writers::key(name) != Writers::key(writer.name))
			continue;
		auto same = [wanted = upper(component)](const std::string &had) {
			return upper(had) == wanted;
		};
		if (std::none_of(writer.components.begin(), writer.components.end(), same))
			return failed({.kind = FailureKind::Hook,
			               .step = fmt::format("WRITER VERIFY {}", text),
			               .reason = fmt::format("the writer {} has no component '{}'",
			                                     name, component),
			               .advice = "its 'identify' prints those that it has"});
	}
	return {};
}

/// The writers of the next set, with their components. One that is verified
/// has to be there; another that cannot say what it has is left out.
Result<std::vector<MetadataWriter>> Interpreter::takingPart() const
{
	std::vector<MetadataWriter> result;
	if (!settings_.writers) {
		if (!settings_.verified.empty())
			return wrongUse("CREATE",
			                fmt::format("WRITER VERIFY {} and SET CONTEXT … NOWRITERS "
			                            "contradict each other",
			                            settings_.verified.front()));
		return result;
	}
	for (const auto &text : settings_.verified)
		if (auto found = world_.writers.find(partsOf(text).writer); !found)
			return tl::unexpected(found.error());
	auto all = world_.writers.names();
	if (!all)
		return tl::unexpected(all.error());
	for (const auto &name : *all) {
		if (names(settings_.excluded, name))
			continue;
		bool verified = names(settings_.verified, name);
		auto components = world_.writers.call(name, "identify");
		if (!components && verified)
			return tl::unexpected(components.error());
		if (!components) {
			world_.out << fmt::format("Leaving out writer \"{}\": {}\n", name,
			                          components.error().text());
			continue;
		}
		result.push_back(
		        {.name = name, .verified = verified, .components = std::move(*components)});
		if (auto done = checkComponents(result.back()); !done)
			return tl::unexpected(done.error());
	}
	return result;
}

Result<void> Interpreter::tell(const std::vector<MetadataWriter> &writers, const char *verb)
{
	Result<void> result;
	for (const auto &writer : writers) {
		verbose(fmt::format("Telling writer \"{}\": {}.", writer.name, verb));
		auto done = world_.writers.call(writer.name, verb);
		// One that has left since the backup is missed only where it is verified.
		bool gone = !done && done.error().kind == FailureKind::NotFound;
		if (!done && result &&
		    (!gone || writer.verified || names(settings_.verified, writer.name)))
			result = tl::unexpected(done.error());
	}
	return result;
}

Result<void> Interpreter::writerVerify(const Words &words)
{
	if (words.size() != 1)
		return wrongUse("WRITER VERIFY", "it needs one writer",
		                "WRITER VERIFY writer[:component]");
	auto name = partsOf(words[0]).writer;
	if (names(settings_.excluded, name))
		return wrongUse("WRITER VERIFY " + words[0], "the writer is excluded");
	if (auto found = world_.writers.find(name); !found)
		return tl::unexpected(found.error());
	settings_.verified.push_back(words[0]);
	return {};
}

Result<void> Interpreter::writerExclude(const Words &words)
{
	if (words.size() != 1 || !partsOf(words[0]).component.empty())
		return wrongUse("WRITER EXCLUDE", "it needs one writer", "WRITER EXCLUDE writer");
	if (names(settings_.verified, words[0]))
		return wrongUse("WRITER EXCLUDE " + words[0], "the writer is to be verified");
	settings_.excluded.push_back(words[0]);
	return {};
}

Result<void> Interpreter::listWriters(const Words &words)
{
	if (!words.empty())
		return wrongUse("LIST WRITERS", "it takes nothing");
	auto all = world_.writers.names();
	if (!all)
		return tl::unexpected(all.error());
	for (const auto &name : *all) {
		world_.out << fmt::format("* WRITER \"{}\"{}\n", name,
		                          names(settings_.excluded, name) ? " (excluded)" : "");
		auto components = world_.writers.call(name, "identify");
		if (!components)
			world_.out << fmt::format("- Failed: {}\n", components.error().text());
		else
			for (const auto &component : *components)
				world_.out << fmt::format("- Component \"{}\"\n", component);
	}
	world_.out << fmt::format("Number of writers listed: {}\n", all->size());
	return {};
}

// -------------------------------------------------------------------- sessions

Result<void> Interpreter::beginBackup(const Words &words)
{
	if (!words.empty())
		return wrongUse("BEGIN BACKUP", "it takes nothing");
	if (session_ != Session::None)
		return wrongUse("BEGIN BACKUP", "a backup or restore is under way", "end it first");
	session_ = Session::Backup;
	backup_.reset();
	return {};
}

Result<void> Interpreter::endBackup(const Words &words)
{
	if (!words.empty())
		return wrongUse("END BACKUP", "it takes nothing");
	if (session_ != Session::Backup)
		return wrongUse("END BACKUP", "no backup is under way", "BEGIN BACKUP first");
	session_ = Session::None;
	if (!backup_)
		return {};
	auto told = tell(backup_->writers, "backup-complete");
	backup_->finished = true;
	backup_->aliases = aliases_.all();
	if (!backupFile_.empty())
		if (auto done = backup_->save(backupFile_); !done)
			return done;
	return told;
}

Result<void> Interpreter::loadMetadata(const Words &words)
{
	if (words.size() != 1)
		return wrongUse("LOAD METADATA", "it needs one file name", "LOAD METADATA file");
	auto metadata = Metadata::load(words[0]);
	if (!metadata)
		return tl::unexpected(metadata.error());
	for (const auto &[name, value] : metadata->aliases) {
		aliases_.set(name, value);
		world_.out << fmt::format("Alias {} for value {} set as environment variable.\n",
		                          name, value);
	}
	if (!metadata->finished)
		world_.out << "The backup of this metadata was not ended with END BACKUP.\n";
	settings_.loaded = std::move(*metadata);
	return {};
}

Result<void> Interpreter::beginRestore(const Words &words)
{
	if (!words.empty())
		return wrongUse("BEGIN RESTORE", "it takes nothing");
	if (session_ != Session::None)
		return wrongUse("BEGIN RESTORE", "a backup or restore is under way",
		                "end it first");
	if (!settings_.loaded)
		return wrongUse("BEGIN RESTORE", "no metadata is loaded", "LOAD METADATA first");
	if (auto done = tell(settings_.loaded->writers, "pre-restore"); !done)
		return done;
	session_ = Session::Restore;
	return {};
}

Result<void> Interpreter::restore(const Words &words)
{
	bool acls = words.size() == 3;
	bool noAcls = words.size() == 4 && upper(words[3]) == "NOACLS";
	if ((!acls && !noAcls) || upper(words[1]) != "TO")
		return wrongUse("RESTORE", "it needs a directory and a share",
		                "RESTORE directory TO \\\\server\\share[\\path] [NOACLS]");
	if (session_ != Session::Restore)
		return wrongUse("RESTORE", "no restore is under way", "BEGIN RESTORE first");
	auto place = sharePathOf(words[2]);
	if (!place)
		return tl::unexpected(place.error());
	auto files = world_.putBack(words[0], place->share, place->path, acls);
	if (!files)
		return tl::unexpected(files.error());
	world_.out << fmt::format("Number of files restored: {}\n", *files);
	return {};
}

Result<void> Interpreter::endRestore(const Words &words)
{
	if (!words.empty())
		return wrongUse("END RESTORE", "it takes nothing");
	if (session_ != Session::Restore)
		return wrongUse("END RESTORE", "no restore is under way", "BEGIN RESTORE first");
	session_ = Session::None;
	return tell(settings_.loaded->writers, "post-restore");
}

} // namespace fss::requester
