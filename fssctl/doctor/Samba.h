// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Finding.h"

#include <string>
#include <utility>
#include <vector>

namespace fss::doctor {

/// Accounts that may use the agent, by what lets them.
struct Right {
	enum class Kind { Administrators, BackupOperators, BackupPrivilege };
	Kind kind;
	std::string account; ///< DOMAIN\name, or a SID that nobody can name now
};

/// What doctor asks of the Samba that it is linked to, besides fss::Host.
class Samba {
public:
	virtual ~Samba() = default;

	virtual std::string builtVersion() = 0;
	virtual std::string runningVersion() = 0;
	/// The same upstream version: distributions add their own to runningVersion().
	virtual bool servesRunningVersion() = 0;

	virtual std::string configurationFile() = 0;
	virtual bool isDefaultConfiguration() = 0;
	virtual std::string programDirectory() = 0; ///< of samba-dcerpcd and rpcd_*
	virtual std::string moduleDirectory() = 0;  ///< of VFS modules
	virtual std::string stateDirectory() = 0;
	virtual std::string lockDirectory() = 0;
	virtual std::string pidDirectory() = 0;

	/// A global parameter's value as testparm shows it; "" where there is none.
	virtual std::string parameter(const std::string &name) = 0;
	/// "fss:" options as a section spells them; "global" is one.
	virtual std::vector<std::pair<std::string, std::string>>
	options(const std::string &section) = 0;
	/// All disk shares of smb.conf and the registry, without the exposed ones.
	virtual std::vector<std::string> shares() = 0;
	virtual bool isInRegistry(const std::string &share) = 0;
	/// The section that a share's parameters stand in: its own, or, for a share that a
	/// user has made (`net usershare`), the template's or [global].
	virtual std::string section(const std::string &share) = 0;

	virtual std::vector<Right> rights() = 0;

	/// Why a local database is unsound; "" where it is not, or is not there.
	virtual std::string unsound(const std::string &database) = 0;
};

/// What sets a parameter: a line of smb.conf, or `net conf` for a registry share.
/// removes: a parameter of another name that goes; value "": only goes.
Remedy setParameter(Samba &samba, const std::string &section, const std::string &name,
                    const std::string &value);
Remedy removeParameter(Samba &samba, const std::string &section, const std::string &name);
Remedy replaceParameter(Samba &samba, const std::string &section, const std::string &wrong,
                        const std::string &name, const std::string &value);

/// A command of Samba's with the option that names this configuration.
Remedy sambaCommand(Samba &samba, const std::string &program,
                    const std::vector<std::string> &arguments);

} // namespace fss::doctor
