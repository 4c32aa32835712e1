// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Machine.h"
#include "fssctl/doctor/Samba.h"
#include "fssctl/doctor/Trial.h"

namespace fss::doctor {

/// Who a client logs in as.
struct Credentials {
	std::string user; ///< as -U of Samba's programs has it: [DOMAIN\]USER
	std::string password;
	std::string file; ///< of credentials instead, as their -A has it; "": none

	/// "DOMAIN\USER%PASSWORD", the password being optional.
	static Credentials parse(const std::string &text);
	/// What such a file holds.
	std::string text() const;
};

/// A trial as a backup client, with Samba's own: rpcclient and smbclient.
class NetworkTrial : public Trial {
public:
	NetworkTrial(Samba &samba, Machine &machine, std::string host, Credentials credentials)
	        : samba_(samba),
	          machine_(machine),
	          host_(std::move(host)),
	          credentials_(std::move(credentials))
	{
	}

	std::string way() const override;
	Result<void> create(const std::string &share) override;
	Result<void> read() override;
	Result<void> remove() override;
	std::vector<Remedy> remedies(const Error &error) override;

private:
	/// The client's output where it succeeded.
	Result<std::string> run(const std::string &client,
	                        const std::vector<std::string> &arguments);

	Samba &samba_;
	Machine &machine_;
	std::string host_;
	Credentials credentials_;
	std::string share_;
	std::string set_;
	std::string copy_;
	std::string exposed_;
};

/// The port that smbd listens on, as "smb ports" has it.
std::string smbPort(Samba &samba);

} // namespace fss::doctor
