// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Owner.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fss {
namespace {

// A process that does nothing until it is ended.
class Child {
public:
	Child()
	{
		int tell[2];
		EXPECT_EQ(pipe(tell), 0);
		pid_ = fork();
		if (pid_ == 0) {
			const auto own = Owner::self().startTime;
			static_cast<void>(!write(tell[1], &own, sizeof(own)));
			for (;;)
				pause();
		}
		uint64_t startTime = 0;
		EXPECT_EQ(read(tell[0], &startTime, sizeof(startTime)),
		          static_cast<ssize_t>(sizeof(startTime)));
		close(tell[0]);
		close(tell[1]);
		owner = {Owner::thisBoot(), pid_, startTime};
	}
	~Child() { reap(); }
	Child(const Child &) = delete;
	Child &operator=(const Child &) = delete;

	/// Ends it; it stays a zombie.
	void kill()
	{
		::kill(pid_, SIGKILL);
		siginfo_t info;
		waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
	}
	void reap()
	{
		::kill(pid_, SIGKILL);
		waitpid(pid_, nullptr, 0);
	}

	Owner owner;

private:
	pid_t pid_ = 0;
};

TEST(Owner, ThisProcessIsAlive)
{
	const auto self = Owner::self();
	EXPECT_EQ(self.pid, getpid());
	EXPECT_NE(self.startTime, 0U);
	EXPECT_EQ(self.bootId, Owner::thisBoot());
	EXPECT_TRUE(self.alive());
	EXPECT_EQ(self, Owner::self());
}

TEST(Owner, ABootHasAnId)
{
	EXPECT_EQ(Owner::thisBoot().size(), 36U);
}

TEST(Owner, AnotherProcessIsAliveWhileItRuns)
{
	Child child;
	EXPECT_TRUE(child.owner.alive());
	EXPECT_NE(child.owner, Owner::self());
	child.reap();
	EXPECT_FALSE(child.owner.alive());
}

TEST(Owner, AZombieIsDead)
{
	Child child;
	child.kill();
	EXPECT_FALSE(child.owner.alive());
}

TEST(Owner, AProcessOfAnotherBootIsDead)
{
	auto owner = Owner::self();
	owner.bootId = "00000000-0000-0000-0000-000000000000";
	EXPECT_FALSE(owner.alive());
}

TEST(Owner, AReusedPidIsAnotherProcess)
{
	auto owner = Owner::self();
	owner.startTime--;
	EXPECT_FALSE(owner.alive());
}

TEST(Owner, NobodyIsDead)
{
	EXPECT_FALSE(Owner().alive());
	EXPECT_FALSE((Owner{Owner::thisBoot(), 5'000'000, 0}).alive());
	EXPECT_FALSE((Owner{Owner::thisBoot(), -1, 1}).alive());
}

} // namespace
} // namespace fss
