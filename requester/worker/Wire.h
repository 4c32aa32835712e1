// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/protocol/Messages.h"

#include <optional>
#include <string>

namespace fss::requester {

/// Between a worker and the process that started it: one JSON object a
/// message. Both are the same program, so there are no versions.

std::string encode(const Request &request);
std::string encode(const Reply &reply);
std::string encode(const Failure &failure);

/// "The set is to stay."
std::string encodeRelease();

/// Nothing for a release. What is no request throws.
std::optional<Request> decodeRequest(const std::string &message);
Result<Reply> decodeReply(const std::string &message);

} // namespace fss::requester
