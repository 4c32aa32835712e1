// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotPlace.h"

#include "provider/btrfs/BtrfsProvider.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <btrfsutil.h>
#include <fmt/format.h>

/// Snapshots that lie at a path of their own, as vfs_btrfs makes them.
namespace fss {
namespace {

class SnapshotPlaceTest : public OnBtrfs {
protected:
	BtrfsProvider provider;
	const std::string name = "@GMT-2024.01.31-23.59.59";

	std::string path() const { return volume + "/" + name; }
	void snapshot(const std::string &to, bool readOnly = true)
	{
		run(fmt::format("btrfs -q subvolume snapshot {} '{}' '{}'", readOnly ? "-r" : "",
		                volume, to));
	}
	Adoption adopt()
	{
		auto adoption = provider.adopt({volume, path()});
		EXPECT_TRUE(succeeded(adoption));
		return adoption.value_or(Adoption());
	}
	static SnapshotRef refOf(const Adoption &adoption)
	{
		return {CopyId::random(), adoption.volume, adoption.uuid, adoption.path};
	}
	/// Makes the snapshot and takes it over.
	SnapshotRef taken(bool readOnly = true)
	{
		write(volume + "/file", "old");
		snapshot(path(), readOnly);
		write(volume + "/file", "new");
		return refOf(adopt());
	}
	Result<void> destroy(const SnapshotRef &ref)
	{
		return provider.destroy(std::span(&ref, 1));
	}
	bool refuses(const std::string &source, const std::string &what)
	{
		return !!failedWith(provider.adopt({source, what}), HResult::NotSupported);
	}
};

// -------------------------------------------------------------------- adopt

TEST_F(SnapshotPlaceTest, ASnapshotOfVfsBtrfsIsTakenOver)
{
	snapshot(path());
	const auto adoption = adopt();
	const auto location = provider.inspect(volume, {});
	ASSERT_TRUE(succeeded(location));
	EXPECT_EQ(adoption.volume.id, location->volume.id);
	EXPECT_EQ(adoption.volume.store, location->volume.store);
	EXPECT_EQ(adoption.path, path());
	EXPECT_EQ(adoption.relativePath, "");
	EXPECT_NE(adoption.uuid, "");
	EXPECT_NE(adoption.transaction, 0U);
}

TEST_F(SnapshotPlaceTest, AVolumeNamedThroughALinkIsKnownByItsRealPath)
{
	snapshot(path());
	const auto link = fs().path("link-" + CopyId::random().text());
	std::filesystem::create_directory_symlink(volume, link);
	const auto adoption = provider.adopt({link, link + "/" + name});
	ASSERT_TRUE(succeeded(adoption));
	EXPECT_EQ(adoption->path, path());
	std::filesystem::remove(link);
}

TEST_F(SnapshotPlaceTest, ASnapshotThatIsGoneHasNoUuid)
{
	const auto adoption = adopt();
	EXPECT_EQ(adoption.uuid, "");
	EXPECT_EQ(adoption.path, path());
	EXPECT_EQ(provider.presence(refOf(adoption)).value(), SnapshotPresence::Absent);
	EXPECT_TRUE(succeeded(destroy(refOf(adoption))));
}

TEST_F(SnapshotPlaceTest, RefusesWhatOthersMade)
{
	for (const char *other :
	     {".snapshots", "@GMT-2024.01.31", "@GMT-2024.01.31-23.59.5x", "copy"}) {
		snapshot(volume + "/" + other);
		EXPECT_TRUE(refuses(volume, volume + "/" + other)) << other;
	}
	const auto elsewhere = fs().path("elsewhere-" + CopyId::random().text());
	snapshot(elsewhere);
	EXPECT_TRUE(refuses(volume, elsewhere));
	EXPECT_TRUE(refuses(volume, volume));
	EXPECT_TRUE(refuses(volume, ""));
	EXPECT_TRUE(refuses(volume, volume + "/../" + name));
}

TEST_F(SnapshotPlaceTest, RefusesADirectoryOfThatName)
{
	std::filesystem::create_directory(path());
	EXPECT_TRUE(refuses(volume, path()));
}

TEST_F(SnapshotPlaceTest, RefusesASnapshotOfAnotherVolume)
{
	const auto other = fs().subvolume("other-" + CopyId::random().text());
	run(fmt::format("btrfs -q subvolume snapshot -r '{}' '{}'", other, path()));
	EXPECT_TRUE(refuses(volume, path()));
}

TEST_F(SnapshotPlaceTest, FollowsNoLinkToASnapshot)
{
	const auto elsewhere = fs().path("behind-" + CopyId::random().text());
	snapshot(elsewhere);
	std::filesystem::create_directory_symlink(elsewhere, path());
	EXPECT_FALSE(provider.adopt({volume, path()}));
}

TEST_F(SnapshotPlaceTest, RefusesWhatIsNoSubvolumeOrNotOnBtrfs)
{
	std::filesystem::create_directory(volume + "/below");
	EXPECT_TRUE(refuses(volume + "/below", volume + "/below/" + name));
	EXPECT_TRUE(refuses("/proc", "/proc/" + name));
	EXPECT_TRUE(refuses("/nowhere", "/nowhere/" + name));
}

TEST_F(SnapshotPlaceTest, ASnapshotInTheStoreIsTakenOverThere)
{
	SnapshotRequest request;
	request.id = CopyId::random();
	request.volume = provider.inspect(volume, {})->volume;
	ASSERT_TRUE(makeSnapshots(provider, std::span(&request, 1)));
	const auto place = volume + "/.fss/" + request.id.text() + "/snapshot";
	const auto adoption = provider.adopt({volume, place + "/a/b"});
	ASSERT_TRUE(succeeded(adoption));
	EXPECT_EQ(adoption->path, place);
	EXPECT_EQ(adoption->relativePath, "a/b");
	EXPECT_TRUE(succeeded(destroy(refOf(*adoption))));
	EXPECT_FALSE(exists(volume + "/.fss")) << "no empty directories are left";
}

// ----------------------------------------------------- what is taken over

TEST_F(SnapshotPlaceTest, ItIsPresentAndExposedAtItsPath)
{
	const auto ref = taken();
	EXPECT_EQ(provider.presence(ref).value(), SnapshotPresence::Present);
	EXPECT_EQ(provider.exposedPath(ref, ""), path());
	EXPECT_EQ(provider.exposedPath(ref, "a"), path() + "/a");
	EXPECT_EQ(read(provider.exposedPath(ref, "file")), "old");
}

TEST_F(SnapshotPlaceTest, ItIsDestroyedAndNothingElse)
{
	const auto ref = taken();
	const auto other = volume + "/@GMT-2024.01.31-00.00.00";
	snapshot(other);
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(path()));
	EXPECT_TRUE(exists(other + "/file"));
	EXPECT_EQ(read(volume + "/file"), "new");
	EXPECT_EQ(provider.presence(ref).value(), SnapshotPresence::Absent);
	EXPECT_TRUE(succeeded(destroy(ref))) << "gone already is a success";
}

TEST_F(SnapshotPlaceTest, OneWithSubvolumesInsideIsDestroyedWithThem)
{
	const auto ref = taken(false);
	run(fmt::format("btrfs -q subvolume create '{0}/a' && btrfs -q subvolume create '{0}/a/b'",
	                path()));
	run(fmt::format("btrfs -q property set '{}' ro true", path()));
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(path()));
}

TEST_F(SnapshotPlaceTest, AWritableOneIsSealed)
{
	const auto ref = taken(false);
	EXPECT_TRUE(succeeded(provider.seal(ref)));
	bool readOnly = false;
	ASSERT_EQ(btrfs_util_get_subvolume_read_only(path().c_str(), &readOnly), BTRFS_UTIL_OK);
	EXPECT_TRUE(readOnly);
}

// Users can write in the share that it lies in.
TEST_F(SnapshotPlaceTest, AnotherSubvolumeInItsPlaceIsNotTouched)
{
	const auto ref = taken();
	std::filesystem::rename(path(), volume + "/moved");
	snapshot(path());
	EXPECT_EQ(destroy(ref).error().errnum, ESTALE);
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_FALSE(provider.seal(ref));
	EXPECT_TRUE(exists(path() + "/file"));
	EXPECT_FALSE(exists(volume + "/moved")) << "the one that was meant is gone";
}

TEST_F(SnapshotPlaceTest, OneOfUnknownUuidIsNotTouched)
{
	auto ref = taken();
	ref.uuid = "";
	EXPECT_EQ(destroy(ref).error().errnum, ESTALE);
	EXPECT_TRUE(exists(path() + "/file"));
}

TEST_F(SnapshotPlaceTest, ALinkInItsPlaceIsNotFollowed)
{
	const auto ref = taken(false);
	ASSERT_TRUE(succeeded(destroy(ref)));
	const auto elsewhere = fs().path("target-" + CopyId::random().text());
	snapshot(elsewhere);
	std::filesystem::create_directory_symlink(elsewhere, path());
	EXPECT_TRUE(succeeded(destroy(ref))) << "its uuid is gone";
	EXPECT_TRUE(exists(elsewhere + "/file"));
}

TEST_F(SnapshotPlaceTest, APathOutsideItsVolumeLeadsNowhere)
{
	auto ref = taken(false);
	const auto elsewhere = fs().path("outside-" + CopyId::random().text());
	snapshot(elsewhere);
	for (const auto &outside :
	     {elsewhere, volume + "/../" + elsewhere.substr(elsewhere.rfind('/') + 1)}) {
		ref.path = outside;
		EXPECT_FALSE(provider.presence(ref)) << outside;
		EXPECT_FALSE(provider.seal(ref)) << outside;
	}
	EXPECT_TRUE(succeeded(destroy(ref))) << "by its uuid";
	EXPECT_FALSE(exists(path()));
	EXPECT_TRUE(exists(elsewhere + "/file"));
}

TEST_F(SnapshotPlaceTest, WithTheFileSystemGoneItIsNotTakenForGone)
{
	const auto ref = taken();
	fs().unmount();
	EXPECT_FALSE(provider.presence(ref));
	EXPECT_FALSE(destroy(ref));
	fs().mount();
	EXPECT_TRUE(succeeded(destroy(ref)));
	EXPECT_FALSE(exists(path()));
}

// ----------------------------------------------------- the share beside it

TEST_F(SnapshotPlaceTest, TheShareThatHoldsItCanHaveNewShadowCopies)
{
	snapshot(path());
	EXPECT_TRUE(succeeded(provider.inspect(volume, {})));
	const auto other = fs().subvolume("foreign-" + CopyId::random().text());
	run(fmt::format("btrfs -q subvolume snapshot -r '{}' '{}/@GMT-2020.01.01-00.00.00'", other,
	                volume));
	EXPECT_TRUE(failedWith(provider.inspect(volume, {}), HResult::NotSupported))
	        << "content of another volume would be missing";
}

} // namespace
} // namespace fss
