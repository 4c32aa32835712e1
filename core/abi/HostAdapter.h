// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/ForeignState.h"
#include "agent/Host.h"
#include "fss.h"
#include "publish/SharePublisher.h"

namespace fss {

/// The host's C callbacks (fss_host_ops) as the core's interfaces.
class HostAdapter : public Host, public SharePublisher, public ForeignState {
public:
	HostAdapter(const fss_host_ops &ops, void *host) : ops_(ops), host_(host) {}

	const fss_host_ops &ops() const { return ops_; }
	void *host() const { return host_; }

	// Host
	void write(fss_log_level level, const std::string &line) override;
	void audit(const std::string &line) override;
	std::optional<std::string> option(const std::string *share,
	                                  const std::string &name) override;
	bool registryShares() override;
	Result<ShareInfo> findShare(const std::string &name, const void *session) override;
	Result<std::vector<ConfigurationLine>> configuration(const std::string &file,
	                                                     const std::string &share) override;
	Result<void> checkSecurity(const std::string &share) override;
	std::vector<std::string> serverNames() override;

	// SharePublisher
	Result<ShareParameters> definition(const std::string &share) override;
	Result<void> publish(const std::vector<Publication> &shares,
	                     const std::function<Result<void>()> &mayCommit) override;
	Result<void> unpublish(const std::vector<std::string> &names) override;
	Result<void> makeReadOnly(const std::vector<std::string> &names) override;
	void announce() override;
	void disconnect(const std::vector<std::string> &names) override;
	bool isPublished(const std::string &name) override;

	// ForeignState
	Result<std::vector<ForeignRecord>> foreignRecords() override;
	Result<void> eraseForeign(const std::vector<std::string> &keys) override;

private:
	/// nullptr: what [global] sets for all shares.
	Result<ShareParameters> parametersOf(const char *share);
	/// Runs changes between publish_begin and publish_commit, or none of them.
	Result<void> changeShares(const std::function<Result<void>()> &changes);

	const fss_host_ops &ops_;
	void *host_;
};

} // namespace fss
