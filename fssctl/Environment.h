// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace fssctl {

/// What "fssctl serve" tells the jobs it starts, whose environment holds
/// nothing else but PATH and the locale. Only ever a restriction, so nobody
/// gains by setting them himself.
inline constexpr const char *callerVariable = "FSSCTL_CALLER_UID";
inline constexpr const char *configVariable = "FSSCTL_CONFIGFILE";
inline constexpr const char *logVariable = "FSSCTL_LOG_DIRECTORY";

/// Whose job this process does; nothing where it was started by hand.
std::optional<uid_t> callerOfJob();

/// A variable's value, "" where it is not set.
std::string environment(const char *name);

/// The name of an account, or its number where it has none.
std::string accountName(uid_t uid);

} // namespace fssctl
