// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Command.h"

namespace fssctl {

void addDoctor(CLI::App &app, Context &context);

} // namespace fssctl
