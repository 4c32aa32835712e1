// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Commands.h"

namespace fssctl {

// In the order of the help text.
void addCommands(CLI::App &app, Context &context)
{
	for (auto *add : {addList, addShow, addDelete, addPrune, addRecover, addCreate, addWatch,
	                  addStats, addServe})
		add(app, context);
}

} // namespace fssctl
