// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"

#include "fssctl/doctor/Command.h"

namespace fssctl {

// In the order of the help text.
void addCommands(cli::Command &program, Context &context)
{
	for (auto *add : {addList, addShow, addDelete, addPrune, addRecover, addCreate, addWatch,
	                  addStats, addDoctor, addServe})
		add(program, context);
}

} // namespace fssctl
