// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "abi/HostAdapter.h"
#include "agent/Call.h"
#include "base/Error.h"
#include "fssctl/Survey.h"
#include "model/Counters.h"
#include "provider/SnapshotProvider.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fssctl {

struct ServerOptions {
	std::string configFile;   ///< "": Samba's own
	std::string logDirectory; ///< "": where smb.conf, or Samba, has its logs
	std::string account;      ///< who asks, for the audit trail
};

/// One mapping of a shadow copy.
struct MappingName {
	fss::CopyId copy;
	std::string share;
};

/// The file server of a configuration: its state store, and an agent of this
/// process's own on it, a worker beside those of samba-dcerpcd. None of them
/// need run. One for each process, and as root.
class Server {
public:
	using Say = std::function<void(const std::string &)>;

	/// Loads smb.conf. What the agent logs as warning or error is said, too.
	static fss::Result<std::unique_ptr<Server>> open(const ServerOptions &options, Say say);
	~Server();
	Server(const Server &) = delete;
	Server &operator=(const Server &) = delete;

	/// All sets as they stand; changes nothing.
	fss::Result<Survey> survey();
	/// Where a shadow copy's snapshot is, or will be.
	std::string snapshotPath(const fss::ShadowCopy &copy);
	/// The "fss:" options in force.
	fss::Options options();
	/// This server's names, the netbios name first.
	std::vector<std::string> names();
	/// Its configuration, and who makes its snapshots.
	fss::HostAdapter &host();
	fss::SnapshotProvider &providers();
	fss::ShareGuard &guard();
	/// Where the share's last shadow copy was made; nothing where nobody knows.
	std::optional<fss::LastVolume> lastVolume(const std::string &share);

	// --- with an agent, which the first of these opens: that finishes or undoes
	// what dead workers left. Each waits until nobody else works on the set.
	fss::Result<void> openAgent();
	fss::Result<void> remove(const fss::SetId &set);
	fss::Result<void> remove(const fss::SetId &set, const MappingName &mapping);
	/// Forgets mappings, or (none given) the whole set, and keeps the snapshots.
	fss::Result<void> forget(const fss::SetId &set, const std::vector<MappingName> &mappings);
	/// Brings all to an end that timers, dead workers and lost snapshots call for.
	fss::Result<void> sweep();
	/// Removes a set of this process's own that it will not finish; not cut short
	/// by an interruption, of which it is the consequence.
	fss::Result<void> abort(const fss::SetId &set);
	/// One method of the protocol, as a client on this machine would call it.
	fss::Result<fss::Answer> call(const fss_request &request);

private:
	struct Parts;
	Server();
	std::unique_ptr<Parts> parts_;
};

} // namespace fssctl
