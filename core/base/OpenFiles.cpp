// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/OpenFiles.h"

#include <algorithm>
#include <sys/resource.h>

namespace fss {

void allowManyOpenFiles()
{
	constexpr rlim_t enough = 65536;
	struct rlimit limit {};
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough)
		return;
	limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, enough));
	setrlimit(RLIMIT_NOFILE, &limit); // else calls say EMFILE, and what to do
}

} // namespace fss
