// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Status.h"

#include "testing/Printing.h"

namespace fss {
namespace {

TEST(Status, IsStoredAsTheProtocolsWord)
{
	EXPECT_EQ(name(Status::Started), "Started");
	EXPECT_EQ(name(Status::CreationInProgress), "CreationInProgress");
	EXPECT_EQ(name(Status::Recovered), "Recovered");
	for (auto status : {Status::Started, Status::Added, Status::CreationInProgress,
	                    Status::Committed, Status::Exposed, Status::Recovered})
		EXPECT_EQ(parseStatus(name(status)), status);
}

TEST(Status, OtherWordsAreNone)
{
	EXPECT_FALSE(parseStatus(""));
	EXPECT_FALSE(parseStatus("started"));
	EXPECT_FALSE(parseStatus("Recovered "));
}

TEST(Status, GoesDownTheList)
{
	EXPECT_LT(Status::Started, Status::Added);
	EXPECT_LT(Status::Added, Status::CreationInProgress);
	EXPECT_LT(Status::CreationInProgress, Status::Committed);
	EXPECT_LT(Status::Committed, Status::Exposed);
	EXPECT_LT(Status::Exposed, Status::Recovered);
}

} // namespace
} // namespace fss
