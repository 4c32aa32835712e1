// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Instant.h"

#include "testing/FakeGate.h"
#include "testing/FakeProvider.h"
#include "testing/Printing.h"

#include <functional>
#include <gmock/gmock.h>

namespace fss {
namespace {

/// Something happens while the writers are held.
class LateGate : public FakeGate {
public:
	Result<std::unique_ptr<WriteHold>> hold(const std::vector<VolumeId> &volumes,
	                                        Clock::Duration limit) override
	{
		onHold();
		return FakeGate::hold(volumes, limit);
	}
	std::function<void()> onHold;
};

class InstantTest : public testing::Test {
protected:
	InstantTest()
	{
		for (const char *root : {"/vol1", "/vol2"}) {
			SnapshotRequest request;
			request.id = CopyId::random();
			request.volume = provider.inspect(root, {})->volume;
			requests.push_back(request);
		}
	}
	Result<Instant> take(std::shared_ptr<SnapshotBatch> batch = nullptr)
	{
		return takeInstant(provider, gate, requests, std::move(batch), options);
	}
	bool nothingIsLeft() const
	{
		return provider.snapshots.empty() && provider.prepared.empty() && !gate.closed;
	}

	FakeProvider provider;
	FakeGate gate;
	std::vector<SnapshotRequest> requests;
	InstantOptions options;
};

TEST_F(InstantTest, HoldsTheWritersOfAllVolumesWhileItFires)
{
	const auto instant = take();
	ASSERT_TRUE(succeeded(instant));
	EXPECT_THAT(gate.held, testing::ElementsAre("fake:/vol1", "fake:/vol2"));
	EXPECT_FALSE(gate.closed);
	EXPECT_EQ(instant->snapshots.size(), 2U);
	EXPECT_EQ(provider.snapshots.size(), 2U);
	EXPECT_TRUE(instant->single);
}

TEST_F(InstantTest, LooksAgainForWhatLiesBelowBeforeAndAfter)
{
	for (auto &request : requests)
		request.exposedPaths = request.completePaths = {"share"};
	provider.withNested.insert("/vol2/share");
	EXPECT_TRUE(failedWith(take(), HResult::NotSupported));
	EXPECT_EQ(gate.held.size(), 0U) << "known before anybody is held";
	EXPECT_TRUE(nothingIsLeft());
	provider.withNested.clear();
	LateGate late;
	late.onHold = [this] { provider.withNested.insert("/vol1/share"); };
	EXPECT_TRUE(failedWith(takeInstant(provider, late, requests, nullptr, options),
	                       HResult::NotSupported));
	EXPECT_TRUE(nothingIsLeft());
	requests[0].completePaths.clear();
	const auto instant = take();
	ASSERT_TRUE(succeeded(instant));
	EXPECT_THAT(instant->leftOut, testing::ElementsAre("/vol1/share/nested"));
}

TEST_F(InstantTest, TriesAgainWhereTheVolumesChangedMeanwhile)
{
	provider.fireFailure = Error{HResult::Fail, "changed", EAGAIN, ""};
	EXPECT_TRUE(failedWith(take(), HResult::Fail));
	EXPECT_EQ(provider.begun, 6U);
	EXPECT_TRUE(nothingIsLeft());
	provider.fireFailure->errnum = EIO;
	EXPECT_FALSE(take());
	EXPECT_EQ(provider.begun, 7U);
}

TEST_F(InstantTest, OutlastsChangesWhereverTheyAreFound)
{
	provider.changing = 2;
	provider.whileLooking = 3;
	const auto instant = take();
	ASSERT_TRUE(succeeded(instant));
	EXPECT_EQ(provider.begun, 6U);
	EXPECT_EQ(provider.snapshots.size(), 2U);
	provider.changing = 6;
	const auto failed = take();
	ASSERT_TRUE(failedWith(failed, HResult::Fail));
	EXPECT_EQ(failed.error().errnum, EAGAIN);
	EXPECT_EQ(provider.changing, 0);
}

TEST_F(InstantTest, ABatchIsBegunAFewTimesWhileTheVolumesChange)
{
	provider.changing = 5;
	EXPECT_TRUE(succeeded(beginBatch(provider, requests)));
	EXPECT_EQ(provider.begun, 6U);
	provider.changing = 7;
	EXPECT_TRUE(failedWith(beginBatch(provider, requests), HResult::Fail));
	EXPECT_EQ(provider.changing, 1) << "within a bound";
	EXPECT_TRUE(nothingIsLeft());
	provider.changing = 0;
	provider.beginFailure = Error{HResult::InsufficientStorage, "no room", ENOSPC, ""};
	EXPECT_TRUE(failedWith(beginBatch(provider, requests), HResult::InsufficientStorage));
	provider.beginFailure->errnum = EAGAIN;
	provider.destroyFailure = Error{HResult::Fail, "stuck", EIO, ""};
	EXPECT_NE(beginBatch(provider, requests).error().text().find("stuck"), std::string::npos);
}

TEST_F(InstantTest, FlushesBeforeItHolds)
{
	gate.holdFailure = Error{HResult::CommitTimeout, "hold", 0, ""};
	EXPECT_FALSE(take());
	EXPECT_EQ(provider.flushes, 1U);
}

TEST_F(InstantTest, UsesABatchThatIsReady)
{
	auto batch = provider.begin(requests);
	ASSERT_TRUE(succeeded(take(std::move(*batch))));
	EXPECT_EQ(provider.begun, 1U);
}

TEST_F(InstantTest, PassesTheHoldsTimeOn)
{
	options.holdTimeout = std::chrono::seconds(3);
	ASSERT_TRUE(succeeded(take()));
	EXPECT_EQ(gate.lastLimit, std::chrono::seconds(3));
}

TEST_F(InstantTest, LeavesNothingWhereWritersCannotBeHeld)
{
	gate.holdFailure = Error{HResult::CommitTimeout, "hold", 0, ""};
	EXPECT_TRUE(failedWith(take(), HResult::CommitTimeout));
	EXPECT_TRUE(nothingIsLeft());
}

TEST_F(InstantTest, LeavesNothingWhereTheHoldTookTooLong)
{
	gate.releaseFailure = Error{HResult::CommitTimeout, "hold", 0, ""};
	EXPECT_TRUE(failedWith(take(), HResult::CommitTimeout));
	EXPECT_TRUE(nothingIsLeft());
}

TEST_F(InstantTest, LeavesNothingWhereASnapshotFails)
{
	provider.fireFailure = Error{HResult::Fail, "snapshot", 28, ""};
	EXPECT_TRUE(failedWith(take(), HResult::Fail));
	EXPECT_TRUE(nothingIsLeft());
}

TEST_F(InstantTest, SaysWhatCouldNotBeUndone)
{
	provider.fireFailure = Error{HResult::Fail, "snapshot", 28, ""};
	provider.destroyFailure = Error{HResult::Fail, "stuck", 5, ""};
	EXPECT_NE(take().error().text().find("stuck"), std::string::npos);
}

TEST_F(InstantTest, LeavesNothingWhateverIsThrown)
{
	Faults faults;
	provider.faults = gate.faults = &faults;
	size_t number = 0;
	for (;; number++) {
		faults.arm(Faults::Kind::Throw, number);
		const auto instant = caught([this] { return take(); });
		faults.disarm();
		if (!faults.struck())
			break;
		EXPECT_FALSE(instant) << faults.where();
		EXPECT_TRUE(nothingIsLeft()) << faults.where();
	}
	EXPECT_GT(number, 10U);
}

TEST_F(InstantTest, ChecksForRoomFirst)
{
	requests[1].minimumFree = {1, 100};
	provider.full.insert("fake:/vol2");
	EXPECT_TRUE(failedWith(take(), HResult::InsufficientStorage));
	EXPECT_EQ(provider.begun, 0U);
}

// --------------------------------------------------------- fss:one transaction

TEST_F(InstantTest, SeveralTransactionsAreSaid)
{
	provider.scattered = 1;
	const auto instant = take();
	ASSERT_TRUE(succeeded(instant));
	EXPECT_FALSE(instant->single);
}

TEST_F(InstantTest, OneTransactionIsTriedForThreeTimes)
{
	options.oneTransaction = true;
	provider.scattered = 2;
	const auto instant = take();
	ASSERT_TRUE(succeeded(instant));
	EXPECT_TRUE(instant->single);
	EXPECT_EQ(provider.begun, 3U);
	EXPECT_EQ(provider.snapshots.size(), 2U);
}

TEST_F(InstantTest, OneTransactionThatCannotBeHadFails)
{
	options.oneTransaction = true;
	provider.scattered = 3;
	EXPECT_TRUE(failedWith(take(), HResult::Fail));
	EXPECT_EQ(provider.begun, 3U);
	EXPECT_TRUE(nothingIsLeft());
}

} // namespace
} // namespace fss
