// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Swaps.h"

#include "testing/Printing.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>

namespace fss {
namespace {

class Swaps : public testing::Test {
protected:
	Result<std::vector<std::string>> of(const std::string &lines) const
	{
		return swapFiles(directory.write(
		        "swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + lines));
	}
	TempDirectory directory;
};

TEST_F(Swaps, FilesAreNamedAndDevicesAreNot)
{
	const auto found =
	        of("/dev/dm-1                               partition\t999420\t\t0\t\t-2\n"
	           "/srv/swap\\040file                      file\t\t65532\t\t12\t\t-3\n"
	           "/srv/other                              file\t\t65532\t\t0\t\t5\n");
	ASSERT_TRUE(succeeded(found));
	EXPECT_THAT(*found, testing::ElementsAre("/srv/swap file", "/srv/other"));
}

TEST_F(Swaps, ThereMayBeNone)
{
	EXPECT_THAT(*of(""), testing::IsEmpty());
	EXPECT_THAT(*swapFiles(directory.path("none")), testing::IsEmpty());
	EXPECT_TRUE(succeeded(swapFiles()));
}

} // namespace
} // namespace fss
