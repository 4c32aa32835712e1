// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Samba.h"
#include "publish/SharePublisher.h"

namespace fss::doctor {

/// The Samba that this process is linked to, by samba/fss_facts.h.
class LiveSamba : public Samba {
public:
	/// host: the handle of fss_host_ops; shares: the same as an interface. Null
	/// where there is none: then nothing may be asked about shares.
	LiveSamba(void *host, SharePublisher *shares) : host_(host), shares_(shares) {}

	std::string builtVersion() override;
	std::string runningVersion() override;
	bool servesRunningVersion() override;
	std::string configurationFile() override;
	bool isDefaultConfiguration() override;
	std::string programDirectory() override;
	std::string moduleDirectory() override;
	std::string stateDirectory() override;
	std::string lockDirectory() override;
	std::string pidDirectory() override;
	std::string parameter(const std::string &name) override;
	std::vector<std::pair<std::string, std::string>>
	options(const std::string &section) override;
	std::vector<std::string> shares() override;
	bool isInRegistry(const std::string &share) override;
	std::string section(const std::string &share) override;
	std::vector<Right> rights() override;
	std::string unsound(const std::string &database) override;

private:
	void *host_;
	SharePublisher *shares_;
};

} // namespace fss::doctor
