// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/protocol/Codes.h"

#include "protocol/HResult.h"

#include <gmock/gmock.h>
#include <set>

namespace fss::requester {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

FailureKind kindOf(Method method, HResult code)
{
	return refusal("fs1", method, "//fs1/a", static_cast<uint32_t>(code)).kind;
}

} // namespace

TEST(Codes, SayServerMethodShareAndCode)
{
	const auto failure = refusal("fs1", FSS_COMMIT_SHADOW_COPY_SET, "//fs1/a", 0x80042316);
	EXPECT_THAT(failure.text(), HasSubstr("fs1: CommitShadowCopySet '//fs1/a'"));
	EXPECT_THAT(failure.text(), HasSubstr("0x80042316"));
	EXPECT_THAT(failure.advice, Not(IsEmpty()));
}

TEST(Codes, OfUnknownSharesAreOneKindWhateverTheServersAge)
{
	EXPECT_EQ(kindOf(FSS_IS_PATH_SUPPORTED, HResult::ObjectNotFound), FailureKind::NotFound);
	EXPECT_EQ(kindOf(FSS_IS_PATH_SUPPORTED, HResult::InvalidArg), FailureKind::NotFound);
	EXPECT_EQ(kindOf(FSS_GET_SHARE_MAPPING, HResult::InvalidArg), FailureKind::NotFound);
	EXPECT_EQ(kindOf(FSS_GET_SHARE_MAPPING, HResult::SetIdMismatch), FailureKind::NotFound);
	EXPECT_EQ(kindOf(FSS_SET_CONTEXT, HResult::InvalidArg), FailureKind::Unsupported);
}

TEST(Codes, ThatNobodyKnowsAreShown)
{
	const auto failure = refusal("fs1", FSS_EXPOSE_SHADOW_COPY_SET, "", 0x8000FFFF);
	EXPECT_EQ(failure.kind, FailureKind::Refused);
	EXPECT_THAT(failure.reason, HasSubstr("0x8000FFFF"));
}

TEST(Codes, OfConnectionsTellLogonFromReach)
{
	using Stage = TransportStatus::Stage;
	const auto kind = [](const char *status, Stage stage = Stage::Session) {
		return unreachable("fs1", "connect", {1, status, "", stage}).kind;
	};
	EXPECT_EQ(kind("NT_STATUS_LOGON_FAILURE"), FailureKind::Denied);
	EXPECT_EQ(kind("NT_STATUS_CONNECTION_REFUSED"), FailureKind::Unreachable);
	EXPECT_EQ(kind("NT_STATUS_IO_TIMEOUT"), FailureKind::TimedOut);
	EXPECT_EQ(kind("NT_STATUS_OBJECT_NAME_NOT_FOUND", Stage::Pipe), FailureKind::Unsupported);
	EXPECT_EQ(kind("NT_STATUS_INVALID_PARAMETER"), FailureKind::Denied);
	EXPECT_EQ(kind("NT_STATUS_INVALID_PARAMETER", Stage::Call), FailureKind::Unreachable);
}

TEST(Failure, HasAnExitCodeOfItsOwnForEachKind)
{
	std::set<int> codes;
	for (FailureKind kind :
	     {FailureKind::Usage, FailureKind::Unreachable, FailureKind::Denied,
	      FailureKind::NotFound, FailureKind::Unsupported, FailureKind::Busy,
	      FailureKind::Refused, FailureKind::TimedOut, FailureKind::Hook, FailureKind::Local,
	      FailureKind::Cancelled, FailureKind::Incomplete})
		EXPECT_TRUE(codes.insert(exitCode(kind)).second) << name(kind);
	EXPECT_EQ(codes.count(0), 0u);
}

} // namespace fss::requester
