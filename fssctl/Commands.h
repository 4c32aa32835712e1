// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Command.h"

namespace fssctl {

void addList(cli::Command &program, Context &context);
void addShow(cli::Command &program, Context &context);
void addDelete(cli::Command &program, Context &context);
void addPrune(cli::Command &program, Context &context);
void addRecover(cli::Command &program, Context &context);
void addCreate(cli::Command &program, Context &context);
void addWatch(cli::Command &program, Context &context);
void addStats(cli::Command &program, Context &context);
void addServe(cli::Command &program, Context &context);

} // namespace fssctl
