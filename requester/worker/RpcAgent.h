// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/protocol/Messages.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace fss::requester {

/// How to reach servers.
struct Transport {
	uint16_t port = 0; ///< 0: SMB's own
	/// Encrypted; otherwise signed only. MS-FSRVP 3.1.4 has no less.
	bool seal = true;
	bool talkative = false; ///< Samba's own messages are wanted
	std::chrono::milliseconds callBudget = std::chrono::seconds(180);
};

/// The calls themselves, over Samba's libraries. It blocks, hears no signals,
/// and may live in one process only: workers have one each.
class RpcAgent {
public:
	static Result<RpcAgent> connect(const std::string &host, const Transport &transport);

	RpcAgent(RpcAgent &&) noexcept;
	~RpcAgent();

	Result<Reply> call(const Request &request);

private:
	struct Connection;
	RpcAgent(std::string host, std::unique_ptr<Connection> connection);

	std::string host_;
	std::unique_ptr<Connection> connection_;
};

} // namespace fss::requester
