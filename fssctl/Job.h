// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Wire.h"

#include <string>
#include <sys/types.h>

namespace fssctl {

/// What all jobs of one service are run with.
struct JobSettings {
	std::string configFile;
	std::string logDirectory;
	uid_t caller = 0;
};

/// Runs fssctl on a client's arguments and descriptors, as root, with an
/// environment of its own and no shell, and returns what it ended with. When the
/// client goes, the job is asked to end, and made to after a minute: whatever it
/// was at is finished by the next who opens the store.
int runJob(int client, const wire::Request &request, const JobSettings &settings);

} // namespace fssctl
