// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace fss::requester {

/// Runs a command with /bin/sh -c, its output to standard error, with
/// further variables ("NAME=value") and without Samba's PASSWD* in its environment. Beyond the
/// budget, or when interrupt (a descriptor, -1: none) becomes readable, it is
/// killed with its process group. Returns what was wrong; empty: exit code 0.
std::string runCommand(const std::string &command, const std::vector<std::string> &variables,
                       std::chrono::milliseconds budget, int interrupt);

} // namespace fss::requester
