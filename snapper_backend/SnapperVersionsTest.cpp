// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapperVersions.h"

#include "base/Clock.h"
#include "snapper_backend/testing/OnSnapper.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace fss {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t second = 1'700'000'000;

class SnapperVersionsTest : public OnSnapper {
protected:
	/// As snapper create makes one, of that second.
	uint32_t make(int64_t date, bool readOnly = true)
	{
		snapperd.now = date;
		return snapperd.create("c", {}, readOnly);
	}
	/// A shadow copy that the agent has snapper make.
	SnapshotRef copy(int64_t created, bool writable = false)
	{
		auto request = requestFor(volume, writable);
		request.created = fileTimeOf(created) + 1234;
		auto made = makeSnapshots(provider, std::span(&request, 1));
		EXPECT_TRUE(succeeded(made));
		if (!made)
			return {};
		told = made->at(0).created;
		return {request.id, request.volume, made->at(0).uuid, made->at(0).path};
	}
	std::unique_ptr<VersionSource> source(const std::string &path,
	                                      ProviderChoice choice = ProviderChoice::Auto) const
	{
		auto source = versionsOf(path, "", choice);
		EXPECT_TRUE(succeeded(source));
		return source ? std::move(*source) : nullptr;
	}
	std::vector<Version> list(const std::string &path,
	                          ProviderChoice choice = ProviderChoice::Auto) const
	{
		auto versions = source(path, choice)->list();
		EXPECT_TRUE(succeeded(versions));
		return versions.value_or(std::vector<Version>());
	}
	std::vector<int64_t> times(ProviderChoice choice = ProviderChoice::Auto) const
	{
		std::vector<int64_t> times;
		for (const auto &version : list(volume, choice))
			times.push_back(version.time);
		return times;
	}
	std::string contentOf(int64_t time) const
	{
		for (const auto &version : list(volume))
			if (version.time == time)
				return read(version.directory + "/file");
		return "none";
	}
	std::string placeOf(uint32_t number) const
	{
		return volume + "/.snapshots/" + std::to_string(number);
	}

	int64_t told = 0; ///< CreationTimestamp of the last copy()
};

TEST_F(SnapperVersionsTest, AreSnappersSnapshotsByTheirDate)
{
	EXPECT_THAT(times(), IsEmpty());
	write(volume + "/file", "then");
	make(second);
	write(volume + "/file", "now");
	make(second + 60);
	EXPECT_THAT(times(), UnorderedElementsAre(second, second + 60));
	EXPECT_EQ(contentOf(second), "then");
	EXPECT_EQ(contentOf(second + 60), "now");
	snapperd.remove("c", 1);
	EXPECT_THAT(times(), ElementsAre(second + 60));
}

TEST_F(SnapperVersionsTest, AreShadowCopiesByTheTimeThatTheirClientIsTold)
{
	const auto ref = copy(second);
	EXPECT_EQ(told, fileTimeOf(second) + 1234);
	EXPECT_THAT(times(), ElementsAre(second));
	ASSERT_TRUE(succeeded(destroy(ref)));
	EXPECT_THAT(times(), IsEmpty());
}

TEST_F(SnapperVersionsTest, AreReadOnly)
{
	make(second, false);
	const auto ref = copy(second + 1, true);
	EXPECT_THAT(times(), IsEmpty());
	ASSERT_TRUE(succeeded(provider.seal(ref)));
	EXPECT_THAT(times(), ElementsAre(second + 1));
	run("btrfs property set -ts '" + placeOf(1) + "/snapshot' ro true");
	EXPECT_THAT(times(), UnorderedElementsAre(second, second + 1));
}

TEST_F(SnapperVersionsTest, OfOneSecondAreTakenApartAndKeepTheirTime)
{
	for (const auto *content : {"1", "2", "3"}) {
		write(volume + "/file", content);
		make(second);
	}
	EXPECT_THAT(times(), UnorderedElementsAre(second, second + 1, second + 2));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(contentOf(second + i), std::to_string(i + 1));
	snapperd.remove("c", 1);
	EXPECT_THAT(times(), UnorderedElementsAre(second + 1, second + 2));
	EXPECT_EQ(contentOf(second + 2), "3");
}

TEST_F(SnapperVersionsTest, GiveWayToTheTimeThatAClientWasTold)
{
	write(volume + "/file", "first");
	make(second);
	write(volume + "/file", "copy");
	copy(second);
	EXPECT_EQ(told, fileTimeOf(second + 1) + 1234) << "the second is another's";
	write(volume + "/file", "last");
	make(second + 1);
	EXPECT_THAT(times(), UnorderedElementsAre(second, second + 1, second + 2));
	EXPECT_EQ(contentOf(second), "first");
	EXPECT_EQ(contentOf(second + 1), "copy");
	EXPECT_EQ(contentOf(second + 2), "last");
	snapperd.remove("c", 2);
	EXPECT_EQ(contentOf(second + 2), "last") << "keeps its time";
}

TEST_F(SnapperVersionsTest, AreListedOnAReadOnlyFileSystem)
{
	make(second);
	make(second);
	const auto other = fs().path("read-only-mount");
	run("mkdir '" + other + "' && mount --bind '" + volume + "' '" + other +
	    "' && mount -o remount,bind,ro '" + other + "'");
	EXPECT_EQ(list(other).size(), 2U);
	run("umount '" + other + "'");
}

TEST_F(SnapperVersionsTest, AreBesideThoseOfTheAgentsOwnStore)
{
	InspectOptions options;
	BtrfsProvider btrfs;
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = btrfs.inspect(volume, options)->volume;
	request.created = fileTimeOf(second);
	ASSERT_TRUE(succeeded(makeSnapshots(btrfs, std::span(&request, 1))));
	make(second);
	make(second + 7);
	EXPECT_THAT(times(), UnorderedElementsAre(second, second + 1, second + 7));
	EXPECT_THAT(times(ProviderChoice::Snapper),
	            UnorderedElementsAre(second, second + 1, second + 7));
	EXPECT_THAT(times(ProviderChoice::Btrfs), ElementsAre(second));
	const SnapshotRef ref{request.id, request.volume, ""};
	EXPECT_TRUE(succeeded(btrfs.destroy(std::span(&ref, 1))));
}

TEST_F(SnapperVersionsTest, OfADirectoryAreThoseThatHoldIt)
{
	make(second);
	run("mkdir -p '" + volume + "/a/share'");
	write(volume + "/a/share/file", "then");
	make(second + 1);
	run("rm -r '" + volume + "/a'; ln -s /etc '" + volume + "/a'");
	make(second + 2);
	run("rm '" + volume + "/a'; mkdir -p '" + volume + "/a/share'");
	const auto versions = list(volume + "/a/share");
	ASSERT_EQ(versions.size(), 1U);
	EXPECT_EQ(versions[0].time, second + 1);
	EXPECT_EQ(versions[0].directory, placeOf(2) + "/snapshot/a/share");
	ASSERT_TRUE(versions[0].closed);
	EXPECT_EQ(versions[0].closed->path, placeOf(2) + "/snapshot");
}

TEST_F(SnapperVersionsTest, OfANestedSubvolumeAreItsOwnConfigurations)
{
	const auto nested = volume + "/nested";
	run("btrfs -q subvolume create '" + nested + "'");
	make(second);
	EXPECT_THAT(list(nested), IsEmpty());
	snapperd.addConfig("nested", nested);
	snapperd.now = second + 5;
	snapperd.create("nested", {});
	ASSERT_EQ(list(nested).size(), 1U);
	EXPECT_EQ(list(nested)[0].time, second + 5);
	EXPECT_THAT(times(), ElementsAre(second));
}

TEST_F(SnapperVersionsTest, ThatAreDamagedAreNoneAndHideNoOthers)
{
	for (int i = 0; i < 8; i++)
		make(second + 10 * i);
	const auto info = [&](uint32_t number) { return placeOf(number) + "/info.xml"; };
	const auto whole = read(info(1));
	run("rm '" + info(1) + "'");
	write(info(2), "");
	write(info(3), whole.substr(0, whole.size() / 2));
	write(info(4), whole); // another's number
	write(info(5), std::string((1 << 20) + 1, ' ') + whole);
	run("rm '" + info(6) + "'; mkfifo '" + info(6) + "'");
	run("rm '" + info(7) + "'; ln -s '" + info(8) + "' '" + info(7) + "'");
	EXPECT_THAT(times(), ElementsAre(second + 70));
}

TEST_F(SnapperVersionsTest, ThatAreNotCompleteAreNone)
{
	make(second);
	run("mkdir '" + placeOf(2) + "' '" + placeOf(2) + "/snapshot' '" + placeOf(3) + "'");
	run("cp '" + placeOf(1) + "/info.xml' '" + placeOf(3) + "'");
	write(volume + "/.snapshots/file", "");
	EXPECT_THAT(times(), ElementsAre(second));
}

TEST_F(SnapperVersionsTest, InADirectoryThatIsNotSnappersAreNone)
{
	make(second);
	const auto store = volume + "/.snapshots";
	ASSERT_EQ(chown(store.c_str(), 65534, 0), 0);
	EXPECT_THAT(times(), IsEmpty());
	ASSERT_EQ(chown(store.c_str(), 0, 0), 0);
	run("mv '" + store + "' '" + store + "-away'; ln -s '" + store + "-away' '" + store + "'");
	EXPECT_THAT(times(), IsEmpty());
	run("rm '" + store + "'");
	write(store, "a file");
	EXPECT_THAT(times(), IsEmpty());
	run("rm '" + store + "'; mv '" + store + "-away' '" + store + "'");
	EXPECT_THAT(times(), ElementsAre(second));
}

TEST_F(SnapperVersionsTest, AreOpenedWhileTheyAreThere)
{
	write(volume + "/file", "then");
	make(second);
	const auto versions = list(volume);
	ASSERT_EQ(versions.size(), 1U);
	const auto root = source(volume)->open(versions[0]);
	ASSERT_TRUE(succeeded(root));
	EXPECT_EQ(read("/proc/self/fd/" + std::to_string(root->get()) + "/file"), "then");
	snapperd.remove("c", 1);
	EXPECT_EQ(source(volume)->open(versions[0]).error().errnum, ENOENT);
	ASSERT_EQ(make(second), 1U) << "the number is given anew";
	EXPECT_EQ(source(volume)->open(versions[0]).error().errnum, ENOENT);
}

TEST_F(SnapperVersionsTest, ThatAreDeletedAreNotFoundWhileTheyAreHeldOpen)
{
	make(second);
	KnownVersions known(source(volume));
	ASSERT_TRUE(succeeded(known.find(second)));
	snapperd.remove("c", 1);
	EXPECT_EQ(known.known(second), std::nullopt);
	EXPECT_FALSE(known.find(second));
	make(second + 9);
	EXPECT_FALSE(known.find(second));
	EXPECT_TRUE(succeeded(known.find(second + 9)));
	EXPECT_EQ(known.at(placeOf(1) + "/snapshot")->time, second + 9);
}

} // namespace
} // namespace fss
