// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/writers/WriterControl.h"
#include "testing/TempDirectory.h"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fss::requester {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Requested : public Cancellation {
public:
	Requested()
	{
		if (pipe(ends_) != 0 || write(ends_[1], "x", 1) != 1)
			std::abort();
	}
	~Requested() override
	{
		close(ends_[0]);
		close(ends_[1]);
	}
	bool requested() const override { return true; }
	int fd() const override { return ends_[0]; }

private:
	int ends_[2];
};

/// Writers that note in a file what they were asked.
struct GuardianTest : testing::Test {
	Writer writer(const std::string &name) const
	{
		return {name, "echo freeze " + name + " >>" + log,
		        "echo thaw " + name + " >>" + log};
	}

	std::string logged() const
	{
		std::ifstream file(log);
		return {std::istreambuf_iterator<char>(file), {}};
	}

	std::string soonLogged(const std::string &wanted) const
	{
		for (int i = 0; i < 500 && logged() != wanted; i++)
			std::this_thread::sleep_for(20ms);
		return logged();
	}

	std::unique_ptr<WriterControl> control() const { return std::move(*controlWriters(spec)); }

	TempDirectory directory;
	std::string log = directory.path("log");
	SetSpec spec{.shares = {},
	             .context = {},
	             .writers = {writer("one"), writer("two")},
	             .budgets = {},
	             .id = {}};
	NeverCancelled never;
};

} // namespace

TEST_F(GuardianTest, FreezesInOrderAndThawsInReverse)
{
	auto writers = control();
	ASSERT_TRUE(writers->freeze(never));
	ASSERT_TRUE(writers->thaw());
	EXPECT_EQ(logged(), "freeze one\nfreeze two\nthaw two\nthaw one\n");
}

TEST_F(GuardianTest, ThawsOnceOnly)
{
	auto writers = control();
	ASSERT_TRUE(writers->thaw());
	ASSERT_TRUE(writers->freeze(never));
	ASSERT_TRUE(writers->thaw());
	ASSERT_TRUE(writers->thaw());
	EXPECT_EQ(logged(), "freeze one\nfreeze two\nthaw two\nthaw one\n");
}

TEST_F(GuardianTest, ThawsAllWhenAFreezeFails)
{
	spec.writers[1].freeze = "exit 3";
	auto writers = control();
	const auto frozen = writers->freeze(never);
	ASSERT_FALSE(frozen);
	EXPECT_EQ(frozen.error().kind, FailureKind::Hook);
	EXPECT_THAT(frozen.error().reason, HasSubstr("exit code 3"));
	EXPECT_EQ(logged(), "freeze one\nthaw two\nthaw one\n");
}

TEST_F(GuardianTest, KillsAFreezeThatHangsWithAllThatItStarted)
{
	const std::string pidFile = directory.path("pid");
	spec.writers[1].freeze = "sleep 1000 & echo $! >" + pidFile + "; wait";
	spec.budgets.hook = 300ms;
	auto writers = control();
	const auto frozen = writers->freeze(never);
	ASSERT_FALSE(frozen);
	EXPECT_THAT(frozen.error().reason, HasSubstr("killed"));
	EXPECT_EQ(logged(), "freeze one\nthaw two\nthaw one\n");
	pid_t pid = 0;
	std::ifstream(pidFile) >> pid;
	ASSERT_GT(pid, 0);
	// Killed; whoever inherited it may take a moment to take its status.
	bool gone = false;
	for (int i = 0; i < 500 && !gone; i++) {
		std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
		std::string text{std::istreambuf_iterator<char>(status), {}};
		gone = text.empty() || text.find(") Z") != text.npos;
		std::this_thread::sleep_for(20ms);
	}
	EXPECT_TRUE(gone);
}

TEST_F(GuardianTest, StopsAFreezeThatIsCancelled)
{
	spec.writers[1].freeze = "sleep 1000";
	const Requested cancelled;
	auto writers = control();
	const auto frozen = writers->freeze(cancelled);
	ASSERT_FALSE(frozen);
	EXPECT_EQ(frozen.error().kind, FailureKind::Cancelled);
	EXPECT_THAT(logged(), HasSubstr("thaw one\n"));
}

TEST_F(GuardianTest, ThawsWhenTheTimeIsUp)
{
	spec.budgets.frozen = 500ms;
	auto writers = control();
	ASSERT_TRUE(writers->freeze(never));
	EXPECT_LE(writers->frozenUntil(), std::chrono::steady_clock::now() + 500ms);
	EXPECT_EQ(soonLogged("freeze one\nfreeze two\nthaw two\nthaw one\n"),
	          "freeze one\nfreeze two\nthaw two\nthaw one\n");
	const auto thawed = writers->thaw();
	ASSERT_FALSE(thawed);
	EXPECT_THAT(thawed.error().reason, HasSubstr("thawed before"));
}

TEST_F(GuardianTest, SaysWhenAThawFailsAndGoesOnWithTheOthers)
{
	spec.writers[1].thaw = "exit 4";
	auto writers = control();
	ASSERT_TRUE(writers->freeze(never));
	const auto thawed = writers->thaw();
	ASSERT_FALSE(thawed);
	EXPECT_THAT(thawed.error().reason, HasSubstr("thaw it by hand"));
	EXPECT_THAT(logged(), HasSubstr("thaw one"));
}

TEST_F(GuardianTest, ThawsWhenTheRequesterIsKilled)
{
	const pid_t requester = fork();
	if (requester == 0) {
		auto writers = control();
		(void)writers->freeze(never);
		raise(SIGKILL);
	}
	ASSERT_EQ(waitpid(requester, nullptr, 0), requester);
	const std::string all = "freeze one\nfreeze two\nthaw two\nthaw one\n";
	EXPECT_EQ(soonLogged(all), all);
}

TEST_F(GuardianTest, TellsCommandsWhatItIsAboutAndNoPassword)
{
	setenv("PASSWD", "secret", 1);
	spec.shares = {*parseShare("//fs1/a"), *parseShare("//fs2/b")};
	spec.writers = {{"one",
	                 "printf '%s\\n' \"$SMBSHADOW_PHASE $SMBSHADOW_SHARES $PASSWD\" >>" + log,
	                 ""}};
	auto writers = control();
	ASSERT_TRUE(writers->freeze(never));
	ASSERT_TRUE(writers->thaw());
	unsetenv("PASSWD");
	EXPECT_EQ(logged(), "freeze \\\\fs1\\a \\\\fs2\\b \n");
}

} // namespace fss::requester
