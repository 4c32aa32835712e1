// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace fss::requester {

/// Runs a program without a shell, with further environment variables, and
/// waits for it. Its output goes where ours does. Fails unless it returns 0.
Result<void> runProgram(const std::vector<std::string> &words,
                        const std::map<std::string, std::string> &environment);

/// The same, with its stdout returned; killed when it takes longer.
Result<std::string> runForOutput(const std::vector<std::string> &words,
                                 std::chrono::milliseconds time);

} // namespace fss::requester
