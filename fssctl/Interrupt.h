// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace fssctl {

/// From now on SIGINT, SIGTERM and SIGHUP only set a mark and end what blocks:
/// who works looks at it where the work can be left without harm.
void catchInterrupts();
bool interrupted();

} // namespace fssctl
