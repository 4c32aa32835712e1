// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/ServerState.h"

namespace fss {

Session *ServerState::sessionOf(const SetId &set)
{
	for (auto &session : sessions)
		if (session.set == set)
			return &session;
	return nullptr;
}

} // namespace fss
