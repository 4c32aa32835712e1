// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/protocol/Messages.h"

namespace fss::requester {

/// A server's HRESULT as a failure: what it means in that method, and what
/// can be done. object: what the call was about, a share or a set.
Failure refusal(const std::string &server, Method method, const std::string &object, uint32_t code);

/// A connection that could not be made or that broke; status is Samba's
/// NTSTATUS, with its name and its sentence.
struct TransportStatus {
	enum class Stage {
		Session, ///< there is no session
		Pipe,    ///< there is one, but the agent's pipe does not open
		Call
	};

	uint32_t code = 0;
	std::string name; ///< "NT_STATUS_LOGON_FAILURE"
	std::string text;
	Stage stage = Stage::Call;
};
Failure unreachable(const std::string &server, const std::string &step,
                    const TransportStatus &status);

} // namespace fss::requester
