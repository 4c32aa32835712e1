// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Server.h"
#include "fssctl/Table.h"

namespace fssctl {

/// The sets as "list" and "watch" show them.
Table setTable(const Survey &survey, Server &server);

} // namespace fssctl
