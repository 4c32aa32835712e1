// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/OpenFiles.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss {
namespace {

/// The soft limit that it becomes from that, in a process of its own; 0: none.
rlim_t raisedFrom(rlim_t soft, rlim_t hard)
{
	int ends[2];
	EXPECT_EQ(pipe(ends), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		struct rlimit limit {
			soft, hard
		};
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			_exit(1);
		allowManyOpenFiles();
		getrlimit(RLIMIT_NOFILE, &limit);
		_exit(write(ends[1], &limit.rlim_cur, sizeof(limit.rlim_cur)) < 0 ? 1 : 0);
	}
	close(ends[1]);
	rlim_t raised = 0;
	EXPECT_EQ(read(ends[0], &raised, sizeof(raised)), static_cast<ssize_t>(sizeof(raised)));
	close(ends[0]);
	waitpid(pid, nullptr, 0);
	return raised;
}

TEST(OpenFiles, TheSoftLimitIsRaisedAsFarAsTheHardOneAllows)
{
	EXPECT_EQ(raisedFrom(256, 900), 900U);
	EXPECT_EQ(raisedFrom(900, 900), 900U);
	struct rlimit now {};
	ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
	EXPECT_EQ(raisedFrom(256, now.rlim_max), std::min<rlim_t>(now.rlim_max, 65536));
}

} // namespace
} // namespace fss
