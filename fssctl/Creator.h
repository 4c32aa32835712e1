// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Server.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fssctl {

struct CreateOptions {
	std::vector<std::string> shares;
	bool temporary = false; ///< not persistent
	std::chrono::seconds wait{60};
};

/// A client's part of the sequence of MS-FSRVP 3.2.4, without a client: all or
/// nothing.
class Creator {
public:
	using Progress = std::function<void(std::string_view step, size_t done, size_t of)>;

	/// host: the server's name in the UNCs.
	Creator(Server &server, CreateOptions options, std::string host)
	        : server_(server), options_(std::move(options)), host_(std::move(host))
	{
	}

	/// Returns the set, which is recovered. What was begun is aborted on an error.
	fss::Result<fss::SetId> make(const Progress &progress);

private:
	/// Waits until no other client is making a set.
	fss::Result<void> setContext();
	fss::Result<void> steps(const Progress &progress);
	fss::Result<void> add(const std::string &share);
	fss::Result<fss::Answer> call(fss_request request);

	Server &server_;
	CreateOptions options_;
	std::string host_;
	fss::SetId set_;
};

} // namespace fssctl
