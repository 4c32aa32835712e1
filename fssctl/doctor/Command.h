// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Command.h"

namespace fssctl {

void addDoctor(cli::Command &program, Context &context);

} // namespace fssctl
