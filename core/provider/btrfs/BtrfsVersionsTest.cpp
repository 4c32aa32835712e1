// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/BtrfsVersions.h"

#include "base/Clock.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace fss {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t second = 1'700'000'000;

class BtrfsVersionsTest : public OnBtrfs {
protected:
	BtrfsProvider provider;

	SnapshotRequest request(const std::string &path, int64_t seconds, bool writable = false,
	                        const std::string &store = "")
	{
		SnapshotRequest request;
		request.id = CopyId::random();
		request.volume = BtrfsProvider::place(path, store)->volume;
		request.created = fileTimeOf(seconds) + 1234;
		request.writable = writable;
		return request;
	}
	static SnapshotRef refOf(const SnapshotRequest &request)
	{
		return {request.id, request.volume, ""};
	}
	int64_t create(const SnapshotRequest &request)
	{
		auto made = makeSnapshots(provider, std::span(&request, 1));
		EXPECT_TRUE(succeeded(made));
		return made ? made->at(0).created : 0;
	}
	void destroy(const SnapshotRequest &request)
	{
		const auto ref = refOf(request);
		EXPECT_TRUE(succeeded(provider.destroy(std::span(&ref, 1))));
	}
	static std::vector<Version> list(const std::string &path, const std::string &store = "")
	{
		auto source = versionsOf(path, store, ProviderChoice::Auto);
		EXPECT_TRUE(succeeded(source));
		auto versions = (*source)->list();
		EXPECT_TRUE(succeeded(versions));
		return versions.value_or(std::vector<Version>());
	}
	static std::vector<int64_t> times(const std::string &path, const std::string &store = "")
	{
		std::vector<int64_t> times;
		for (const auto &version : list(path, store))
			times.push_back(version.time);
		return times;
	}
};

TEST_F(BtrfsVersionsTest, AreNoneWhereNothingWasMade)
{
	EXPECT_THAT(list(volume), IsEmpty());
}

TEST_F(BtrfsVersionsTest, AreTheVolumesSnapshotsByTheTimeOfTheirRequest)
{
	write(volume + "/file", "then");
	const auto copy = request(volume, second);
	EXPECT_EQ(create(copy), copy.created);
	write(volume + "/file", "now");
	const auto versions = list(volume);
	ASSERT_EQ(versions.size(), 1U);
	EXPECT_EQ(versions[0].time, second);
	EXPECT_EQ(read(versions[0].directory + "/file"), "then");
	destroy(copy);
	EXPECT_THAT(list(volume), IsEmpty());
}

TEST_F(BtrfsVersionsTest, OfOneSecondAreTakenApartAndKeepTheirTime)
{
	std::vector<SnapshotRequest> copies;
	for (int64_t i = 0; i < 3; i++) {
		copies.push_back(request(volume, second));
		EXPECT_EQ(create(copies.back()), fileTimeOf(second + i) + 1234);
	}
	EXPECT_THAT(times(volume), UnorderedElementsAre(second, second + 1, second + 2));
	destroy(copies[0]);
	EXPECT_THAT(times(volume), UnorderedElementsAre(second + 1, second + 2));
	for (size_t i = 1; i < 3; i++)
		destroy(copies[i]);
}

TEST_F(BtrfsVersionsTest, KeepTheirTimeWhenPreparedAgain)
{
	const auto copy = request(volume, second);
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, std::span(&copy, 1))));
	EXPECT_EQ(create(copy), copy.created);
	destroy(copy);
}

TEST_F(BtrfsVersionsTest, AreListedOnceTheyAreMadeAndCannotBeWrittenTo)
{
	const auto copy = request(volume, second, true);
	ASSERT_TRUE(succeeded(prepareSnapshots(provider, std::span(&copy, 1))));
	EXPECT_THAT(list(volume), IsEmpty()) << "prepared only";
	create(copy);
	EXPECT_THAT(list(volume), IsEmpty()) << "writable until RecoveryComplete";
	ASSERT_TRUE(succeeded(provider.seal(refOf(copy))));
	EXPECT_THAT(times(volume), ElementsAre(second));
	destroy(copy);
}

TEST_F(BtrfsVersionsTest, OfADirectoryAreThoseThatHoldIt)
{
	const auto early = request(volume, second);
	create(early);
	run(fmt::format("mkdir {}/share", volume));
	write(volume + "/share/file", "then");
	const auto late = request(volume, second + 1);
	create(late);
	const auto versions = list(volume + "/share");
	ASSERT_EQ(versions.size(), 1U);
	EXPECT_EQ(versions[0].time, second + 1);
	EXPECT_EQ(read(versions[0].directory + "/file"), "then");
	destroy(early);
	destroy(late);
}

TEST_F(BtrfsVersionsTest, AreNotFoundBehindALink)
{
	run(fmt::format("ln -s /etc {}/share", volume));
	const auto copy = request(volume, second);
	create(copy);
	run(fmt::format("rm {0}/share; mkdir {0}/share", volume));
	EXPECT_THAT(list(volume + "/share"), IsEmpty());
	destroy(copy);
}

TEST_F(BtrfsVersionsTest, InAStoreOfSeveralVolumesAreTheirOwn)
{
	const auto store = fs().path("common-store");
	run(fmt::format("install -d -m 0711 {}", store));
	const auto other = fs().subvolume("other-with-store");
	const auto ours = request(volume, second, false, store);
	const auto theirs = request(other, second, false, store);
	create(ours);
	EXPECT_EQ(create(theirs), theirs.created) << "another volume's second is free";
	EXPECT_EQ(list(volume, store).size(), 1U);
	EXPECT_EQ(list(volume, store)[0].directory, BtrfsProvider().exposedPath(refOf(ours), ""));
	destroy(ours);
	destroy(theirs);
}

TEST_F(BtrfsVersionsTest, AShadowCopyHasNone)
{
	const auto copy = request(volume, second);
	create(copy);
	auto source =
	        versionsOf(BtrfsProvider().exposedPath(refOf(copy), ""), "", ProviderChoice::Auto);
	ASSERT_TRUE(succeeded(source));
	EXPECT_EQ(*source, nullptr);
	destroy(copy);
}

TEST_F(BtrfsVersionsTest, OfWhatIsNotOnBtrfsAreRefused)
{
	EXPECT_TRUE(
	        failedWith(versionsOf("/proc", "", ProviderChoice::Auto), HResult::NotSupported));
}

} // namespace
} // namespace fss
