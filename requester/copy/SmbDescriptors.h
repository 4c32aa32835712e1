// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/RemoteTree.h"
#include "requester/copy/SmbPlace.h"

#include <chrono>
#include <cstdint>
#include <memory>

struct smbshadow_share;

namespace fss::requester {

/// The security descriptors of a share's files, over a connection of its own:
/// libsmbclient tells them without their flags, and sets none of a server at
/// another port than 445. For one thread.
class SmbDescriptors {
public:
	/// Not by two threads at the same time. As whoever Samba's options name.
	/// port: 0 is SMB's own.
	static Result<SmbDescriptors> connect(const SmbPlace &place, uint16_t port,
	                                      std::chrono::milliseconds timeout);

	/// Paths as in RemoteTree, texts too. Failures are of kind Unreachable
	/// where the connection is lost.
	Result<std::string> read(const std::string &path);
	Result<void> write(const std::string &path, const std::string &text, DescriptorParts parts);

private:
	struct Disconnect {
		void operator()(smbshadow_share *share) const;
	};
	using Connection = std::unique_ptr<smbshadow_share, Disconnect>;

	SmbDescriptors(SmbPlace place, Connection connection);
	Failure failure(const char *step, const std::string &path, uint32_t status) const;
	std::string below(const std::string &path) const;

	SmbPlace place_;
	Connection connection_;
};

} // namespace fss::requester
