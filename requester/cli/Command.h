// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "command_line/CommandLine.h"
#include "requester/ShadowCopyRequester.h"
#include "requester/catalog/Catalog.h"
#include "requester/model/Login.h"
#include "requester/model/Watch.h"
#include "requester/protocol/Owner.h"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fss::requester {

/// What a command works with.
struct Environment {
	ShadowCopyRequester &requester;
	Catalog &catalog;
	const Login &login;
	const Cancellation &cancellation;
	const Resolver &resolver;
	OwnerCheck ownerCheck = OwnerCheck::Domain;
	/// --json: one JSON object on stdout, nothing else there.
	bool json = false;
	bool quiet = false;
};

/// What a command answers: text for people, the same as JSON.
struct Answer {
	std::string text;
	nlohmann::json json = nlohmann::json::object();
	/// Set where something was done and something failed: both are printed,
	/// and the exit code is the failure's.
	std::optional<Failure> failure;
};

/// A command of smbshadow. The values of its options live as long as it does.
class Command {
public:
	virtual ~Command() = default;
	/// Adds the command with its options.
	virtual cli::Command add(cli::Command &program) = 0;
	virtual Result<Answer> run(Environment &environment) = 0;
	/// Whether it talks to servers; otherwise nobody is asked for a password.
	virtual bool needsLogin() const { return true; }
};

using Commands = std::vector<std::unique_ptr<Command>>;

void addSetCommands(Commands &commands);  ///< create, list, show, delete, complete, orphans, check
void addCopyCommands(Commands &commands); ///< copy, backup, restore
void addScriptCommands(Commands &commands); ///< script, shell; in requester/script

} // namespace fss::requester
