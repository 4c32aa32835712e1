// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "command_line/CommandLine.h"
#include "fssctl/Exit.h"
#include "fssctl/Output.h"
#include "fssctl/Server.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace fssctl {

namespace cli = fss::cli;

/// What every command works with.
///
/// A command is one function `void addX(cli::Command &program, Context &context)` that
/// is listed in Commands.cpp. It adds its command with options and calls
/// Context::runs() for it; nothing else may happen while the command line is
/// read. The action is called once all is read and allowed, prints through
/// output(), and returns what fssctl ends with:
///
///     void addHello(cli::Command &program, Context &context)
///     {
///             auto command = program.command("hello", "says how many sets there are");
///             context.runs(command, [&context] {
///                     return context.withSurvey([&](Server &, const Survey &survey) {
///                             if (context.output().json())
///                                     context.output().print({{"sets", survey.sets.size()}});
///                             else
///                                     context.output().line("{} sets", survey.sets.size());
///                             return Exit::Ok;
///                     });
///             });
///     }
class Context {
public:
	using Action = std::function<Exit()>;

	Context();
	~Context();

	/// Has `action` called where the command line names this command.
	void runs(cli::Command &command, Action action);
	const Action &chosen() const { return chosen_; }

	Output &output() { return output_; }

	/// The server of the configuration file, opened when first asked for; null
	/// where that fails, which has been said on stderr then. Needs root.
	Server *server();
	/// Ends that, if it is open: Samba's messaging has files on disk for each
	/// process, which stay when it ends by a signal or _exit().
	void closeServer() { server_.reset(); }

	/// Calls `use` with the server and what it holds. Where that cannot be read it
	/// says so, and returns what fssctl ends with.
	Exit withSurvey(const std::function<Exit(Server &, const Survey &)> &use);

	/// Whether this is the job of a member of the admin group, run for him by
	/// "fssctl serve": then no path or configuration of his choice is used.
	bool restricted() const { return caller_.has_value(); }
	/// Who asked, for the audit trail.
	std::string account() const;

	// --- global options, as read
	std::string configFile;   ///< -s; "" for Samba's own
	std::string logDirectory; ///< -l; "" for Samba's own
	std::string socket;       ///< of "fssctl serve"

private:
	Output output_;
	std::unique_ptr<Server> server_;
	std::optional<uid_t> caller_;
	Action chosen_;
};

/// Adds every command there is.
void addCommands(cli::Command &program, Context &context);

} // namespace fssctl
