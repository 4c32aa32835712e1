// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/doctor/Finding.h"
#include "fssctl/doctor/Samba.h"

namespace fss::doctor {

/// Samba's directories and the agent's databases; for a server, too, that cannot
/// be looked at further.
Findings checkState(Samba &samba);

} // namespace fss::doctor
