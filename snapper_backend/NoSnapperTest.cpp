// SPDX-License-Identifier: GPL-3.0-or-later
/// A build without the D-Bus library, in any build: NoSnapper.cpp is a part of
/// this program.
#include "provider/Providers.h"
#include "snapper_backend/SnapperProvider.h"
#include "testing/LoopFs.h"
#include "testing/Printing.h"

#include <cerrno>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace fss {
namespace {

using testing::HasSubstr;

class NoSnapperTest : public OnBtrfs {
protected:
	/// As snapper makes it, when it is given a configuration.
	void makeStore() { run("btrfs -q subvolume create '" + volume + "/.snapshots'"); }

	Result<Location> inspect(ProviderChoice choice)
	{
		InspectOptions options;
		options.provider = choice;
		return providers.inspect(volume, options);
	}
	void expectRefusal()
	{
		const auto refused = inspect(ProviderChoice::Snapper);
		ASSERT_FALSE(refused);
		EXPECT_EQ(refused.error().code, HResult::NotSupported);
		EXPECT_THAT(refused.error().text(), HasSubstr("reach snapper"));
		EXPECT_THAT(refused.error().text(), HasSubstr("-Dsnapper=enabled"));
	}

	SnapperProvider snapper{snapper::systemService()};
	BtrfsProvider btrfs;
	Providers providers{{{ProviderChoice::Snapper, "snapper", snapper},
	                     {ProviderChoice::Btrfs, "btrfs", btrfs}}};
};

TEST_F(NoSnapperTest, SaysHowToGetIt)
{
	const auto session = snapper::systemService()->connect();
	ASSERT_FALSE(session);
	EXPECT_TRUE(snapper::isAbsence(session.error()));
	EXPECT_THAT(session.error().text(), HasSubstr("this build has no D-Bus library"));
}

TEST_F(NoSnapperTest, IsRefusedWhereItIsAskedForWhateverTheVolumeHas)
{
	expectRefusal();
	makeStore();
	expectRefusal();
}

TEST_F(NoSnapperTest, AutoTakesBtrfsAndSaysWhyWhereSnapperWasMeant)
{
	auto location = inspect(ProviderChoice::Auto);
	ASSERT_TRUE(succeeded(location));
	EXPECT_THAT(location->volume.id, testing::StartsWith("btrfs:"));
	EXPECT_EQ(location->passedOver, "") << "no volume of snapper's";
	makeStore();
	location = inspect(ProviderChoice::Auto);
	ASSERT_TRUE(succeeded(location));
	EXPECT_THAT(location->volume.id, testing::StartsWith("btrfs:"));
	EXPECT_THAT(location->passedOver, HasSubstr("this build has no D-Bus library"));
}

} // namespace
} // namespace fss
