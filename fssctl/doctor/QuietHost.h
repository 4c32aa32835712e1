// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/Host.h"

namespace fss::doctor {

/// A host that logs nothing, and keeps the last line that it was to log.
class QuietHost : public Host {
public:
	explicit QuietHost(Host &host) : host_(host) {}

	void write(fss_log_level, const std::string &line) override { said_ = line; }
	void audit(const std::string &) override {}
	std::optional<std::string> option(const std::string *share,
	                                  const std::string &name) override
	{
		return host_.option(share, name);
	}
	bool registryShares() override { return host_.registryShares(); }
	Result<ShareInfo> findShare(const std::string &name, const void *session) override
	{
		return host_.findShare(name, session);
	}
	Result<std::vector<ConfigurationLine>> configuration(const std::string &file,
	                                                     const std::string &share) override
	{
		return host_.configuration(file, share);
	}
	Result<void> checkSecurity(const std::string &share) override
	{
		return host_.checkSecurity(share);
	}
	std::vector<std::string> serverNames() override { return host_.serverNames(); }

	const std::string &said() const { return said_; }

private:
	Host &host_;
	std::string said_;
};

} // namespace fss::doctor
