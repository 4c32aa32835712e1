// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Command.h"

namespace fssctl {

void addList(CLI::App &app, Context &context);
void addShow(CLI::App &app, Context &context);
void addDelete(CLI::App &app, Context &context);
void addPrune(CLI::App &app, Context &context);
void addRecover(CLI::App &app, Context &context);
void addCreate(CLI::App &app, Context &context);
void addWatch(CLI::App &app, Context &context);
void addStats(CLI::App &app, Context &context);
void addServe(CLI::App &app, Context &context);

} // namespace fssctl
