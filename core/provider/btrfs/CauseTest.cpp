// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/Cause.h"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace fss::btrfs {
namespace {

TEST(Cause, EachRowIsReached)
{
	for (const auto &row : causes()) {
		const auto operation =
		        row.operation == Operation::Any ? Operation::Examine : row.operation;
		const auto *found =
		        causeOf(operation, row.errnum, row.privilege != Privilege::Missing);
		ASSERT_NE(found, nullptr) << strerror(row.errnum);
		EXPECT_EQ(found, &row) << strerror(row.errnum);
		EXPECT_FALSE(row.remedy.empty());
	}
}

TEST(Cause, ASnapshotThatIsBeingSentIsNamed)
{
	const auto *cause = causeOf(Operation::Destroy, EPERM, true);
	ASSERT_NE(cause, nullptr);
	EXPECT_NE(cause->remedy.find("btrfs send"), cause->remedy.npos);
	EXPECT_NE(cause->remedy.find("tried again"), cause->remedy.npos);
}

TEST(Cause, WithoutThePrivilegeThatIsTheCause)
{
	for (const auto operation : {Operation::Examine, Operation::Snapshot, Operation::Destroy}) {
		const auto *cause = causeOf(operation, EPERM, false);
		ASSERT_NE(cause, nullptr);
		EXPECT_EQ(cause->code, HResult::NotSupported);
		EXPECT_NE(cause->remedy.find("CAP_SYS_ADMIN"), cause->remedy.npos);
	}
}

TEST(Cause, AReceivedSubvolumeIsNotToBeMadeWritableFirst)
{
	const auto *cause = causeOf(Operation::Create, EROFS, true);
	ASSERT_NE(cause, nullptr);
	EXPECT_LT(cause->remedy.find("fss:store directory"), cause->remedy.find("property"));
}

TEST(Cause, AQuotaIsNoFullDisk)
{
	const auto *quota = causeOf(Operation::Snapshot, EDQUOT, true);
	ASSERT_NE(quota, nullptr);
	EXPECT_EQ(quota->code, HResult::InsufficientStorage);
	EXPECT_NE(quota->remedy.find("qgroup"), quota->remedy.npos);
}

TEST(Cause, WhatIsNotKnownStillSaysStepAndErrno)
{
	const Result<void> result = failed(Operation::Snapshot, "make snapshot of '/srv'", EBADMSG);
	ASSERT_FALSE(result);
	const auto &error = result.error();
	EXPECT_EQ(error.code, HResult::Fail);
	EXPECT_NE(error.text().find("/srv"), std::string::npos);
	EXPECT_NE(error.text().find(strerror(EBADMSG)), std::string::npos);
}

} // namespace
} // namespace fss::btrfs
