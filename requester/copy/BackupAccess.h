// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/RemoteTree.h"
#include "requester/copy/SmbPlace.h"

#include <chrono>
#include <cstdint>
#include <memory>

struct smbshadow_share;

namespace fss::requester {

/// A share's files as backups open them: where the server heeds that, who may
/// *Back up files and directories* reads all. For what libsmbclient has not: it
/// opens as anybody does, once for data and once for a security descriptor, tells
/// those without their flags, and sets none of a server at another port than 445.
/// For one thread.
class BackupAccess {
public:
	/// Not by two threads at the same time. As whoever Samba's options name.
	/// port: 0 is SMB's own.
	static Result<BackupAccess> connect(const SmbPlace &place, uint16_t port,
	                                    std::chrono::milliseconds timeout);

	// As RemoteTree has them.
	Result<std::unique_ptr<RemoteFile>> open(const std::string &path, bool withDescriptor);
	Result<std::string> securityDescriptor(const std::string &path);
	Result<void> setSecurityDescriptor(const std::string &path, const std::string &text,
	                                   DescriptorParts parts);

private:
	struct Disconnect {
		void operator()(smbshadow_share *share) const;
	};
	using Connection = std::unique_ptr<smbshadow_share, Disconnect>;

	BackupAccess(SmbPlace place, Connection connection);
	SmbPlace at(const std::string &path) const;

	SmbPlace place_;
	Connection connection_;
};

} // namespace fss::requester
