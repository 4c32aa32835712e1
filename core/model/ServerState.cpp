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

bool LastVolume::differsFrom(const std::string &other) const
{
	// The provider's name stands in front.
	const auto place = [](const std::string &id) { return id.substr(id.find(':') + 1); };
	return place(volume) != place(other);
}

} // namespace fss
