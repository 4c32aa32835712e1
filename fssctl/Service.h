// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Command.h"

#include <string>
#include <vector>

namespace fssctl {

/// Where "fssctl serve" listens, by default; the systemd unit names it, too.
inline constexpr const char *defaultSocket = "/run/samba-fss/fssctl.sock";

/// Has "fssctl serve" run these arguments as root, with this process's
/// descriptors, and returns what it ended with.
Exit runThroughService(Context &context, const std::vector<std::string> &arguments);

} // namespace fssctl
