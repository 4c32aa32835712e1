// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "command_line/CommandLine.h"
#include "requester/model/Login.h"

#include <list>
#include <optional>
#include <string>
#include <vector>

namespace fss::requester {

/// Those options of Samba's own programs that concern configuration and
/// credentials, handed to Samba's own code as they came.
class SambaOptions {
public:
	void add(cli::Command &program);

	/// Loads smb.conf and sets the credentials up; false: it was said why.
	bool start() const;

	/// Asks for a password where one is needed.
	std::optional<Login> login(uint16_t port) const;

	/// Whether Samba's own messages were asked for.
	bool debugs() const;

private:
	struct Option {
		std::string longName;
		std::vector<std::string> values;
		bool flag = false;
	};
	void addValue(cli::Command &program, const char *names, const char *longName,
	              const char *text);
	void addFlag(cli::Command &program, const char *names, const char *longName,
	             const char *text);

	std::list<Option> options_; ///< bound to the command line by reference
};

} // namespace fss::requester
