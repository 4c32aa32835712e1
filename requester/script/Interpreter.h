// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/ShadowCopyRequester.h"
#include "requester/catalog/Catalog.h"
#include "requester/script/Settings.h"
#include "requester/script/Writers.h"

#include <iosfwd>

namespace fss::requester {

/// Puts back what a directory of `smbshadow copy` has, onto a live share. The
/// path is below the share; acls: with the files' own. Returns how many files
/// there were.
using PutBack = std::function<Result<uint64_t>(const std::string &directory, const Unc &share,
                                               const std::string &path, bool acls)>;

/// What the language works with.
struct ScriptWorld {
	ShadowCopyRequester &requester;
	Catalog &catalog;
	Writers writers;
	PutBack putBack;
	std::ostream &out;
	std::string machine; ///< this one's name
};

/// DiskShadow's language, line by line, for shadow copies of file shares
/// (docs/smbshadow-script.md).
class Interpreter {
public:
	explicit Interpreter(ScriptWorld world) : world_(std::move(world)) {}
	Interpreter(const Interpreter &) = delete;
	Interpreter &operator=(const Interpreter &) = delete;

	/// Does what a line says. A failure ends a script.
	Result<void> run(std::string_view line);

	/// EXIT was read.
	bool exited() const { return exited_; }

	/// At the end, whatever has come before: VOLATILE shadow copies go.
	Result<void> end();

	/// The first lines of a session, as DiskShadow's.
	std::string banner() const;

private:
	using Words = std::vector<std::string>;
	using Handler = Result<void> (Interpreter::*)(const Words &);
	struct Rule {
		std::string_view command; ///< "SET CONTEXT"
		Handler handler;
		std::string_view use; ///< for HELP
	};
	static const std::vector<Rule> &rules();

	enum class Session { None, Backup, Restore };

	// InterpreterSets.cpp
	Result<void> create(const Words &words);
	Result<void> listShadows(const Words &words);
	Result<void> deleteShadows(const Words &words);

	// InterpreterSessions.cpp
	Result<void> loadMetadata(const Words &words);
	Result<void> beginBackup(const Words &words);
	Result<void> endBackup(const Words &words);
	Result<void> beginRestore(const Words &words);
	Result<void> endRestore(const Words &words);
	Result<void> restore(const Words &words);
	Result<void> writerVerify(const Words &words);
	Result<void> writerExclude(const Words &words);
	Result<void> listWriters(const Words &words);

	// Interpreter.cpp
	Result<void> set(const Words &words);
	Result<void> setContext(const Words &words) { return settings_.setContext(words); }
	Result<void> setOption(const Words &words) { return settings_.setOptions(words); }
	Result<void> setMetadata(const Words &words);
	Result<void> setVerbose(const Words &words);
	Result<void> addVolume(const Words &words);
	Result<void> addAlias(const Words &words);
	Result<void> listProviders(const Words &words);
	Result<void> exec(const Words &words);
	Result<void> reset(const Words &words);
	Result<void> help(const Words &words);
	Result<void> exit(const Words &words);

	struct Chosen {
		ShadowSet set;
		ShadowCopy copy;
	};
	Result<std::vector<Chosen>> chosen(const Words &words, const std::string &what);
	Result<std::vector<MetadataWriter>> takingPart() const;
	Result<void> checkComponents(const MetadataWriter &writer) const;
	void nameCopies(const ShadowSet &set);
	void print(const ShadowSet &set, const ShadowCopy &copy);
	void count(const char *what, size_t number);
	void verbose(const std::string &line);
	/// Calls the writers; the first failure is returned, all are called.
	Result<void> tell(const std::vector<MetadataWriter> &writers, const char *verb);
	Result<void> remove(const Chosen &choice);

	ScriptWorld world_;
	Settings settings_;
	Aliases aliases_;
	Session session_ = Session::None;
	bool exited_ = false;
	/// VOLATILE sets of this session.
	std::vector<SetId> volatile_;
	/// The last CREATE of this backup, kept up to date in its file.
	std::optional<Metadata> backup_;
	std::filesystem::path backupFile_;
};

} // namespace fss::requester
