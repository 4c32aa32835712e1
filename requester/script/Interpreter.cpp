// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/script/Interpreter.h"

#include "requester/script/Exec.h"
#include "requester/script/Listing.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>

namespace fss::requester {

namespace {

constexpr int64_t FileTimeOf1970 = 116444736000000000; // in 100 ns since 1601

/// Commands of DiskShadow that make no sense here, and why.
struct Senseless {
	std::string_view command;
	std::string_view reason;
};
constexpr Senseless SenselessCommands[] = {
        {"IMPORT", "shadow copies of file shares are not transportable"},
        {"MASK", "there is no hardware shadow copy to be masked"},
        {"BREAK", "there is no hardware shadow copy to be broken from its set"},
        {"REVERT", "a share cannot be reverted to its shadow copy; restore files from it"},
        {"EXPOSE", "a shadow copy of a file share is a share already: its device name"},
        {"UNEXPOSE",
         "a shadow copy of a file share is a share as long as it exists; DELETE SHADOWS"},
        {"SIMULATE", "writers here are not asked to check a restore"},
};

size_t wordsIn(std::string_view command)
{
	return 1 + static_cast<size_t>(std::count(command.begin(), command.end(), ' '));
}

/// Whether a line begins with a command.
bool begins(const std::vector<std::string> &words, std::string_view command)
{
	if (words.size() < wordsIn(command))
		return false;
	std::string beginning;
	for (size_t i = 0; i < wordsIn(command); ++i)
		beginning += (i ? " " : "") + upper(words[i]);
	return beginning == command;
}

} // namespace

const std::vector<Interpreter::Rule> &Interpreter::rules()
{
	// Longer commands before those that they begin with.
	static const std::vector<Rule> all = {
	        {"SET CONTEXT", &Interpreter::setContext,
	         "{PERSISTENT | VOLATILE} [NOWRITERS]: how long shadow copies live (default: "
	         "VOLATILE)"},
	        {"SET METADATA", &Interpreter::setMetadata,
	         "file: where CREATE writes what a restore needs"},
	        {"SET OPTION", &Interpreter::setOption,
	         "NOAUTORECOVER: read-only from the beginning"},
	        {"SET VERBOSE", &Interpreter::setVerbose, "{ON | OFF}"},
	        {"SET", &Interpreter::set, ": shows all of these"},
	        {"LOAD METADATA", &Interpreter::loadMetadata, "file: for a restore"},
	        {"BEGIN BACKUP", &Interpreter::beginBackup, ""},
	        {"END BACKUP", &Interpreter::endBackup,
	         ": tells the writers that it was a success"},
	        {"BEGIN RESTORE", &Interpreter::beginRestore,
	         ": tells the writers, after LOAD METADATA"},
	        {"END RESTORE", &Interpreter::endRestore, ""},
	        {"RESTORE", &Interpreter::restore,
	         "directory TO \\\\server\\share[\\path] [NOACLS]: puts back what 'smbshadow copy' "
	         "has copied"},
	        {"WRITER VERIFY", &Interpreter::writerVerify,
	         "writer[:component]: fail unless it takes part"},
	        {"WRITER EXCLUDE", &Interpreter::writerExclude, "writer: leave it out"},
	        {"ADD VOLUME", &Interpreter::addVolume,
	         "\\\\server\\share[\\path] [ALIAS name]: into the next set"},
	        {"ADD ALIAS", &Interpreter::addAlias, "name value"},
	        {"CREATE", &Interpreter::create, ": makes the set"},
	        {"LIST SHADOWS", &Interpreter::listShadows, "{ALL | SET id | ID id}"},
	        {"LIST WRITERS", &Interpreter::listWriters, ""},
	        {"LIST PROVIDERS", &Interpreter::listProviders, ""},
	        {"DELETE SHADOWS", &Interpreter::deleteShadows,
	         "{ALL | VOLUME \\\\server\\share | OLDEST \\\\server\\share | SET id | ID id}"},
	        {"EXEC", &Interpreter::exec,
	         "program [argument…]: aliases are environment variables of it"},
	        {"RESET", &Interpreter::reset,
	         ": forgets all settings, and deletes VOLATILE shadow copies"},
	        {"HELP", &Interpreter::help, ""},
	        {"EXIT", &Interpreter::exit, ""},
	};
	return all;
}

Result<void> Interpreter::run(std::string_view line)
{
	auto words = wordsOf(line, aliases_);
	if (!words)
		return tl::unexpected(words.error());
	if (words->empty())
		return {};
	for (const auto &rule : rules()) {
		if (!begins(*words, rule.command))
			continue;
		Words rest(words->begin() + static_cast<ptrdiff_t>(wordsIn(rule.command)),
		           words->end());
		return (this->*rule.handler)(rest);
	}
	auto what = fmt::format("{}", fmt::join(*words, " "));
	for (const auto &senseless : SenselessCommands)
		if (upper(words->front()) == senseless.command)
			return failed({.kind = FailureKind::Unsupported,
			               .step = what,
			               .reason = fmt::format("{} is not supported: {}",
			                                     senseless.command, senseless.reason),
			               .advice = {}});
	return wrongUse(what, fmt::format("unknown command '{}'", words->front()),
	                "HELP lists the commands");
}

std::string Interpreter::banner() const
{
	auto now = time(nullptr) * int64_t{10'000'000} + FileTimeOf1970;
	return fmt::format("smbshadow, shadow copies of SMB file shares\nOn computer:  {},  {}\n\n",
	                   world_.machine, timeText(now));
}

Result<void> Interpreter::end()
{
	if (session_ == Session::Backup && backup_ && !backup_->finished)
		world_.out << "The backup was not ended with END BACKUP: its writers are not told "
		              "that it was a success.\n";
	session_ = Session::None;
	Result<void> result;
	for (const auto &id : volatile_) {
		auto set = world_.catalog.find(id.text());
		if (!set)
			continue; // deleted since
		for (const auto &copy : set->copies)
			if (auto done = world_.requester.deleteShareMapping(*set, copy);
			    !done && result)
				result = done;
	}
	volatile_.clear();
	return result;
}

// ------------------------------------------------------------------ small ones

void Interpreter::verbose(const std::string &line)
{
	if (settings_.verbose)
		world_.out << line << "\n";
}

Result<void> Interpreter::set(const Words &words)
{
	if (!words.empty())
		return wrongUse("SET " + words.front(),
		                fmt::format("unknown command 'SET {}'", words.front()),
		                "SET {CONTEXT | METADATA | OPTION | VERBOSE}");
	world_.out << settings_.text();
	return {};
}

Result<void> Interpreter::setMetadata(const Words &words)
{
	if (words.size() != 1 || words.front().empty())
		return wrongUse("SET METADATA", "it needs one file name", "SET METADATA file");
	if (auto done = Metadata::checkWritable(words.front()); !done)
		return done;
	settings_.metadata = words.front();
	return {};
}

Result<void> Interpreter::setVerbose(const Words &words)
{
	auto word = words.size() == 1 ? upper(words.front()) : "";
	if (word != "ON" && word != "OFF")
		return wrongUse("SET VERBOSE", "it is ON or OFF", "SET VERBOSE {ON | OFF}");
	settings_.verbose = word == "ON";
	return {};
}

Result<void> Interpreter::addVolume(const Words &words)
{
	auto next = settings_;
	if (auto done = next.addVolume(words); !done)
		return done;
	auto place = sharePathOf(words.front());
	auto support = world_.requester.isPathSupported(place->share);
	if (!support)
		return tl::unexpected(support.error());
	if (!support->supported)
		return failed({.kind = FailureKind::Unsupported,
		               .server = place->share.host,
		               .step = fmt::format("ADD VOLUME {}", words.front()),
		               .reason = "the server makes no shadow copies of this share",
		               .advice = {}});
	settings_ = std::move(next);
	return {};
}

Result<void> Interpreter::addAlias(const Words &words)
{
	if (words.size() != 2 || words[0].empty() ||
	    words[0].find_first_of("%=") != std::string::npos)
		return wrongUse("ADD ALIAS", "it needs a name and a value", "ADD ALIAS name value");
	aliases_.set(words[0], words[1]);
	return {};
}

Result<void> Interpreter::listProviders(const Words &words)
{
	if (!words.empty())
		return wrongUse("LIST PROVIDERS", "it takes nothing");
	world_.out << "* ProviderID: " << FileShareProvider
	           << "\n- Type: [4] VSS_PROV_FILESHARE\n"
	              "- Name: File Share Shadow Copy Provider (smbshadow)\n"
	              "Number of providers registered: 1\n";
	return {};
}

Result<void> Interpreter::exec(const Words &words)
{
	if (words.empty())
		return wrongUse("EXEC", "it needs a program", "EXEC program [argument…]");
	world_.out.flush();
	return runProgram(words, aliases_.all());
}

Result<void> Interpreter::reset(const Words &words)
{
	if (!words.empty())
		return wrongUse("RESET", "it takes nothing");
	auto done = end();
	settings_ = {};
	aliases_.clear();
	backup_.reset();
	backupFile_.clear();
	return done;
}

Result<void> Interpreter::help(const Words &)
{
	for (const auto &rule : rules())
		world_.out << rule.command << (rule.use.empty() || rule.use[0] == ':' ? "" : " ")
		           << rule.use << "\n";
	return {};
}

Result<void> Interpreter::exit(const Words &)
{
	exited_ = true;
	return {};
}

} // namespace fss::requester
