// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapshotInfo.h"
#include "snapper_backend/testing/OnSnapper.h"

#include <array>
#include <gmock/gmock.h>

namespace fss {
namespace {

using namespace snapper;
using testing::ElementsAre;
using testing::IsEmpty;

class SnapperBatchTest : public OnSnapper {};

TEST_F(SnapperBatchTest, ASnapshotIsSnappersWithTheIdsInItsUserData)
{
	write(volume + "/file", "content");
	const auto request = requestFor(volume);
	const auto ref = create(request);
	EXPECT_EQ(ref.path, volume + "/.snapshots/1/snapshot");
	EXPECT_EQ(read(ref.path + "/file"), "content");
	EXPECT_FALSE(ref.uuid.empty());
	const auto info = read(volume + "/.snapshots/1/info.xml");
	EXPECT_THAT(info, testing::HasSubstr(request.set.text()));
	EXPECT_EQ(readInfo(info)->copy, request.id);
	EXPECT_FALSE(isMarked(request.id)) << "the volume's mark has gone";
	EXPECT_EQ(provider.exposedPath(ref, "a/b"), ref.path + "/a/b");
}

TEST_F(SnapperBatchTest, WritersAreHeldAsBtrfsNamesTheirVolumes)
{
	const auto request = requestFor(volume);
	const auto batch = provider.begin(std::span(&request, 1));
	ASSERT_TRUE(succeeded(batch));
	const auto top = fs().root();
	const auto own = BtrfsProvider().inspect(volume, {})->volume.id;
	const auto around = BtrfsProvider().inspect(top, {{}, NestedPolicy::Ignore})->volume.id;
	EXPECT_THAT((*batch)->writtenThrough(), ElementsAre(own, around));
}

TEST_F(SnapperBatchTest, VolumesOfSeveralConfigurationsAreOneSet)
{
	const auto other = fs().subvolume("other-volume");
	snapperd.addConfig("other", other);
	const std::array requests{requestFor(volume), requestFor(other)};
	const auto made = makeSnapshots(provider, requests);
	ASSERT_TRUE(succeeded(made));
	EXPECT_EQ(made->at(0).path, volume + "/.snapshots/1/snapshot");
	EXPECT_EQ(made->at(1).path, other + "/.snapshots/1/snapshot");
}

TEST_F(SnapperBatchTest, OneThatFailsLeavesNoneOfTheSet)
{
	const auto other = fs().subvolume("failing-volume");
	snapperd.addConfig("other", other);
	const std::array requests{requestFor(volume), requestFor(other)};
	int made = 0;
	snapperd.before = [&](auto step) {
		if (step == FakeSnapperd::Step::Snapshot && ++made == 2)
			throw Killed{{HResult::Fail, "make", EIO, ""}};
	};
	EXPECT_FALSE(makeSnapshots(provider, requests));
	EXPECT_THAT(stored(), IsEmpty());
	EXPECT_TRUE(std::filesystem::is_empty(other + "/.snapshots"));
}

// What snapperd answers is looked at on the disk.
TEST_F(SnapperBatchTest, AnotherSnapshotsNumberIsNotBelieved)
{
	const auto request = requestFor(volume);
	snapperd.create("c", {{copyKey, request.id.text()}});
	class Liar : public Session {
	public:
		Result<std::vector<Config>> configs(Timeout) override { return configs_; }
		Result<std::vector<Snapshot>> snapshots(const std::string &, Timeout) override
		{
			return std::vector<Snapshot>{};
		}
		Result<uint32_t> create(const Creation &, Timeout) override { return number_; }
		Result<void> remove(const std::string &, const std::vector<uint32_t> &,
		                    Timeout) override
		{
			return {};
		}
		Liar(std::vector<Config> configs, uint32_t number)
		        : configs_(std::move(configs)), number_(number)
		{
		}

	private:
		std::vector<Config> configs_;
		uint32_t number_;
	};
	class LiarService : public Service {
	public:
		LiarService(Config config, uint32_t number) : config_(config), number_(number) {}
		Result<std::unique_ptr<Session>> connect() override
		{
			return std::make_unique<Liar>(std::vector{config_}, number_);
		}

	private:
		Config config_;
		uint32_t number_;
	};
	for (const uint32_t number : {0U, 1U, 2U, 4000000000U}) {
		SnapperProvider deceived(
		        std::make_unique<LiarService>(Config{"c", volume}, number));
		EXPECT_FALSE(makeSnapshots(deceived, std::span(&request, 1))) << number;
	}
}

TEST_F(SnapperBatchTest, AnAbandonedBatchLeavesNoMark)
{
	const auto request = requestFor(volume);
	{
		auto batch = provider.begin(std::span(&request, 1));
		ASSERT_TRUE(succeeded(batch));
		ASSERT_TRUE(succeeded((*batch)->arm()));
		EXPECT_TRUE(isMarked(request.id));
	}
	EXPECT_FALSE(isMarked(request.id));
}

TEST_F(SnapperBatchTest, WithoutAConfigurationThereIsNoBatch)
{
	const auto request = requestFor(volume);
	snapperd.configs.clear();
	EXPECT_FALSE(provider.begin(std::span(&request, 1)));
}

} // namespace
} // namespace fss
