// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ThreadExecutor.h"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <latch>
#include <poll.h>
#include <stdexcept>
#include <thread>

namespace fss {
namespace {

using namespace std::chrono_literals;

class ThreadExecutorTest : public testing::Test {
protected:
	ThreadExecutor executor{4};
	int ticks = 0;

	bool readable(std::chrono::milliseconds time)
	{
		pollfd event{executor.fd(), POLLIN, 0};
		return poll(&event, 1, static_cast<int>(time.count())) == 1;
	}
	void dispatch()
	{
		executor.dispatch([this] { ticks++; });
	}
	/// As an event loop does, until the condition holds.
	template <class Fn> bool loopUntil(Fn condition)
	{
		const auto end = std::chrono::steady_clock::now() + 10s;
		while (!condition()) {
			if (std::chrono::steady_clock::now() > end)
				return false;
			if (readable(100ms))
				dispatch();
		}
		return true;
	}
};

TEST_F(ThreadExecutorTest, WorksOnAnotherThreadAndFinishesOnThis)
{
	std::thread::id worked, finished;
	executor.run([&] { worked = std::this_thread::get_id(); },
	             [&] { finished = std::this_thread::get_id(); });
	ASSERT_TRUE(loopUntil([&] { return finished != std::thread::id(); }));
	EXPECT_NE(worked, std::this_thread::get_id());
	EXPECT_EQ(finished, std::this_thread::get_id());
}

TEST_F(ThreadExecutorTest, WorkIsHitByTheSignalsThatItCausesOnly)
{
	sigset_t blocked{};
	bool done = false;
	executor.run([&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); },
	             [&] { done = true; });
	ASSERT_TRUE(loopUntil([&] { return done; }));
	for (const int other : {SIGTERM, SIGHUP, SIGCHLD, SIGUSR1})
		EXPECT_EQ(sigismember(&blocked, other), 1) << other;
	for (const int own : {SIGBUS, SIGSEGV})
		EXPECT_EQ(sigismember(&blocked, own), 0) << own;
}

TEST_F(ThreadExecutorTest, DescriptorIsQuietWhileThereIsNothingToDo)
{
	EXPECT_FALSE(readable(0ms));
	dispatch();
	EXPECT_EQ(ticks, 0);
}

TEST_F(ThreadExecutorTest, DescriptorIsQuietAfterDispatch)
{
	bool done = false;
	executor.run([] {}, [&] { done = true; });
	ASSERT_TRUE(loopUntil([&] { return done; }));
	EXPECT_FALSE(readable(0ms));
}

TEST_F(ThreadExecutorTest, DoneComesAfterWorkWithAllThatItWrote)
{
	constexpr int count = 200;
	std::vector<int> results(count, 0);
	int finished = 0;
	for (int i = 0; i < count; i++)
		executor.run([&results, i] { results[static_cast<size_t>(i)] = i + 1; },
		             [&, i] {
			             EXPECT_EQ(results[static_cast<size_t>(i)], i + 1);
			             finished++;
		             });
	EXPECT_TRUE(loopUntil([&] { return finished == count; }));
}

TEST_F(ThreadExecutorTest, SeveralPiecesRunBesideEachOther)
{
	std::latch together(4);
	int finished = 0;
	for (int i = 0; i < 4; i++)
		executor.run([&] { together.arrive_and_wait(); }, [&] { finished++; });
	EXPECT_TRUE(loopUntil([&] { return finished == 4; }));
}

TEST_F(ThreadExecutorTest, MoreWorkThanThreadsWaits)
{
	std::atomic<int> running = 0, most = 0;
	int finished = 0;
	for (int i = 0; i < 40; i++)
		executor.run(
		        [&] {
			        const int now = ++running;
			        for (int seen = most;
			             seen < now && !most.compare_exchange_weak(seen, now);)
				        ;
			        std::this_thread::sleep_for(1ms);
			        --running;
		        },
		        [&] { finished++; });
	ASSERT_TRUE(loopUntil([&] { return finished == 40; }));
	EXPECT_LE(most, 4);
}

TEST_F(ThreadExecutorTest, DoneMayStartNewWork)
{
	int rounds = 0;
	std::function<void()> again = [&] {
		if (++rounds < 10)
			executor.run([] {}, again);
	};
	executor.run([] {}, again);
	EXPECT_TRUE(loopUntil([&] { return rounds == 10; }));
}

TEST_F(ThreadExecutorTest, ADoneThatThrowsDoesNotLoseTheOthers)
{
	std::latch worked(3);
	int finished = 0;
	executor.run([&] { worked.count_down(); }, [] { throw std::runtime_error("injected"); });
	executor.run([&] { worked.count_down(); }, [&] { finished++; });
	executor.run([&] { worked.count_down(); }, [&] { finished++; });
	worked.wait();
	std::this_thread::sleep_for(20ms);
	EXPECT_TRUE(loopUntil([&] {
		try {
			dispatch();
		} catch (const std::runtime_error &) {
		}
		return finished == 2;
	}));
}

// -------------------------------------------------------------------- timer

TEST_F(ThreadExecutorTest, WakesAtTheTimeAskedFor)
{
	const SystemClock clock;
	const auto time = clock.sinceBoot() + 30ms;
	executor.wakeAt(time);
	ASSERT_TRUE(loopUntil([&] { return ticks == 1; }));
	EXPECT_GE(clock.sinceBoot(), time - 1ms);
	EXPECT_FALSE(readable(20ms));
}

TEST_F(ThreadExecutorTest, WakesAtOnceForATimeThatIsPast)
{
	executor.wakeAt(Clock::Duration(0));
	EXPECT_TRUE(loopUntil([&] { return ticks == 1; }));
}

TEST_F(ThreadExecutorTest, TheLastTimeAskedForCounts)
{
	const SystemClock clock;
	executor.wakeAt(clock.sinceBoot() + 10ms);
	executor.wakeAt(clock.sinceBoot() + 1h);
	EXPECT_FALSE(readable(50ms));
	executor.wakeAt(clock.sinceBoot() + 10ms);
	executor.wakeAt(std::nullopt);
	EXPECT_FALSE(readable(50ms));
}

// --------------------------------------------------- no threads to be had

/// While it exists, no thread can be started: none gets so large a stack.
class NoThreads {
public:
	NoThreads()
	{
		pthread_getattr_default_np(&saved_);
		auto huge = saved_;
		pthread_attr_setstacksize(&huge, size_t{1} << 46);
		pthread_setattr_default_np(&huge);
	}
	~NoThreads() { pthread_setattr_default_np(&saved_); }

private:
	pthread_attr_t saved_{};
};

TEST_F(ThreadExecutorTest, WorkThatFindsNoThreadIsRefusedAndNotDoneLater)
{
	bool refused = false, later = false;
	{
		const NoThreads none;
		EXPECT_THROW(executor.run([&] { refused = true; }, [&] { refused = true; }),
		             std::system_error);
	}
	executor.run([] {}, [&] { later = true; });
	EXPECT_TRUE(loopUntil([&] { return later; }));
	EXPECT_FALSE(refused);
}

TEST_F(ThreadExecutorTest, ABusyThreadTakesOverWhatFindsNone)
{
	std::atomic<bool> go = false;
	int done = 0;
	executor.run([&] { go.wait(false); }, [&] { done++; });
	{
		const NoThreads none;
		EXPECT_NO_THROW(executor.run([] {}, [&] { done++; }));
	}
	go = true;
	go.notify_all();
	EXPECT_TRUE(loopUntil([&] { return done == 2; }));
}

// --------------------------------------------------------------------- stop

TEST_F(ThreadExecutorTest, StopWaitsForRunningWorkAndDropsTheRest)
{
	std::atomic<bool> began = false, ended = false;
	std::atomic<int> later = 0;
	bool done = false;
	ThreadExecutor single(1);
	single.run(
	        [&] {
		        began = true;
		        std::this_thread::sleep_for(50ms);
		        ended = true;
	        },
	        [&] { done = true; });
	for (int i = 0; i < 10; i++)
		single.run([&] { later++; }, [&] { done = true; });
	while (!began)
		std::this_thread::yield();
	single.stop();
	EXPECT_TRUE(ended);
	EXPECT_EQ(later, 0);
	single.dispatch([] {});
	EXPECT_FALSE(done);
}

TEST_F(ThreadExecutorTest, NothingRunsAfterStop)
{
	executor.stop();
	bool ran = false;
	executor.run([&] { ran = true; }, [&] { ran = true; });
	EXPECT_FALSE(readable(20ms));
	executor.stop();
	EXPECT_FALSE(ran);
}

TEST_F(ThreadExecutorTest, EndsWhileWorkComesIn)
{
	for (int round = 0; round < 50; round++) {
		ThreadExecutor brief(3);
		for (int i = 0; i < 20; i++)
			brief.run([] {}, [] {});
		brief.dispatch([] {});
	}
}

} // namespace
} // namespace fss
