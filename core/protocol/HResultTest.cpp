// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/HResult.h"

#include "testing/Printing.h"

namespace fss {
namespace {

TEST(HResult, InteroperableIsWhatEarlyServersSend)
{
	const auto dialect = Dialect::Interoperable;
	EXPECT_EQ(answerTo(Situation::UnknownSet, dialect), HResult::InvalidArg);
	EXPECT_EQ(answerTo(Situation::UnknownCopyInDelete, dialect), HResult::InvalidArg);
	EXPECT_EQ(answerTo(Situation::MappingOfRecovered, dialect), HResult::Ok);
}

TEST(HResult, CurrentIsRevisionSixteen)
{
	const auto dialect = Dialect::Current;
	EXPECT_EQ(answerTo(Situation::UnknownSet, dialect), HResult(0x80042501));
	EXPECT_EQ(answerTo(Situation::UnknownCopyInDelete, dialect), HResult(0x80042308));
	EXPECT_EQ(answerTo(Situation::MappingOfRecovered, dialect), HResult(0x80042301));
}

TEST(HResult, NumbersAreThoseOfTheProtocol)
{
	EXPECT_EQ(HResult::AccessDenied, HResult(0x80070005));
	EXPECT_EQ(HResult::InvalidArg, HResult(0x80070057));
	EXPECT_EQ(HResult::BadState, HResult(0x80042301));
	EXPECT_EQ(HResult::ObjectNotFound, HResult(0x80042308));
	EXPECT_EQ(HResult::NotSupported, HResult(0x8004230C));
	EXPECT_EQ(HResult::ObjectAlreadyExists, HResult(0x8004230D));
	EXPECT_EQ(HResult::MaximumVolumes, HResult(0x80042312));
	EXPECT_EQ(HResult::SetInProgress, HResult(0x80042316));
	EXPECT_EQ(HResult::MaximumSnapshots, HResult(0x80042317));
	EXPECT_EQ(HResult::UnsupportedContext, HResult(0x8004231B));
	EXPECT_EQ(HResult::CommitTimeout, HResult(0x80042500));
	EXPECT_EQ(HResult::SetIdMismatch, HResult(0x80042501));
	EXPECT_EQ(HResult::WaitTimeout, HResult(0x102));
	EXPECT_EQ(HResult::WaitFailed, HResult(0xFFFFFFFF));
}

TEST(HResult, EachHasAName)
{
	EXPECT_EQ(name(HResult::Ok), "OK");
	EXPECT_EQ(name(HResult::BadState), "FSRVP_E_BAD_STATE");
	EXPECT_EQ(name(HResult::CommitTimeout), "FSSAGENT_E_TIMEOUT");
	EXPECT_EQ(name(HResult(0x12345678)), "HRESULT");
}

} // namespace
} // namespace fss
