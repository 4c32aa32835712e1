// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fss.h"

#include <string>

namespace fss {

/// The log and the audit trail. Called on the agent's thread only.
class Log {
public:
	virtual ~Log() = default;
	virtual void write(fss_log_level level, const std::string &line) = 0;
	/// Who, from where, what, with what result.
	virtual void audit(const std::string &line) = 0;

	void error(const std::string &line) { write(FSS_LOG_ERROR, line); }
	void warning(const std::string &line) { write(FSS_LOG_WARNING, line); }
	void notice(const std::string &line) { write(FSS_LOG_NOTICE, line); }
};

} // namespace fss
