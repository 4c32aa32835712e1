// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Log.h"
#include "publish/ModuleList.h"
#include "publish/Viewpoint.h"

#include <optional>
#include <string>
#include <vector>

namespace fss {

/// A share of the running configuration.
struct ShareInfo {
	std::string name; ///< canonical service name
	std::string path; ///< absolute
	bool available = true;
	std::string vfsObjects; ///< as smb.conf would have them
	bool guarded = false;   ///< has scripts that may refuse a client

	/// Whether fss is among them.
	bool usesModule() const { return fss::usesModule(vfsObjects, "fss"); }
	/// Those that are there may make snapshots, where fss is not.
	bool usesOnlyOthers() const { return !usesModule() && !moduleList(vfsObjects).empty(); }
};

/// What the agent asks of the server it runs in, besides store and publisher.
class Host : public Log {
public:
	/// The value of "fss:NAME" for a share, or the global one (share null).
	virtual std::optional<std::string> option(const std::string *share,
	                                          const std::string &name) = 0;
	virtual bool registryShares() = 0;
	/// Looks a share up as a tree connect of this session would.
	/// Errors: ObjectNotFound.
	virtual Result<ShareInfo> findShare(const std::string &name, const void *session) = 0;
	/// What a file of the configuration has, as it is written and in its order;
	/// see fss_host_ops. file "": smb.conf.
	/// Errors: ENOENT.
	virtual Result<std::vector<ConfigurationLine>> configuration(const std::string &file,
	                                                             const std::string &share) = 0;
	/// Whether the share's security descriptor can be read.
	virtual Result<void> checkSecurity(const std::string &share) = 0;
	/// This server's names, the netbios name first.
	virtual std::vector<std::string> serverNames() = 0;
};

} // namespace fss
