// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Cause.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

namespace fss {
namespace {

TEST(Cause, EachRowIsReached)
{
	for (const auto &row : causes()) {
		const auto operation = row.operation == Operation::Any      ? Operation::File
		                       : row.operation == Operation::Volume ? Operation::Examine
		                                                            : row.operation;
		const auto *found = causeOf(operation, row.errnum, row.circumstance);
		ASSERT_NE(found, nullptr) << strerror(row.errnum);
		EXPECT_EQ(found, &row) << strerror(row.errnum);
		EXPECT_FALSE(row.remedy.empty());
	}
}

TEST(Cause, ADeletionThatIsNotPermittedHasOneCauseForEachCircumstance)
{
	const std::map<Circumstance, const char *> words{
	        {Circumstance::Sent, "btrfs send"},
	        {Circumstance::SwapFile, "swapoff"},
	        {Circumstance::DefaultSubvolume, "default subvolume"},
	        {Circumstance::Immutable, "chattr"},
	        {Circumstance::Any, "log"},
	};
	for (const auto &[circumstance, word] : words) {
		const auto *cause = causeOf(Operation::Destroy, EPERM, circumstance);
		ASSERT_NE(cause, nullptr);
		EXPECT_NE(cause->remedy.find("tried again"), cause->remedy.npos);
		for (const auto &[other, otherWord] : words)
			EXPECT_EQ(cause->remedy.find(otherWord) != cause->remedy.npos,
			          other == circumstance)
			        << cause->remedy;
	}
}

TEST(Cause, WithoutThePrivilegeThatIsTheCause)
{
	for (const auto operation : {Operation::Examine, Operation::Snapshot, Operation::Destroy}) {
		const auto *cause = causeOf(operation, EPERM, Circumstance::Unprivileged);
		ASSERT_NE(cause, nullptr);
		EXPECT_EQ(cause->code, HResult::NotSupported);
		EXPECT_NE(cause->remedy.find("CAP_SYS_ADMIN"), cause->remedy.npos);
	}
}

TEST(Cause, WhatIsNoVolumesSaysNothingOfSnapshotStores)
{
	for (const int errnum : {EROFS, ENOSPC, EDQUOT, EPERM}) {
		const Result<void> result = fail(HResult::Fail, "write '/run/gate'", errnum);
		ASSERT_FALSE(result);
		EXPECT_FALSE(result.error().advice.empty()) << strerror(errnum);
		EXPECT_EQ(result.error().advice.find("fss:"), std::string::npos);
		EXPECT_EQ(result.error().advice.find("btrfs"), std::string::npos);
	}
}

TEST(Cause, AnErrorWithAnErrnoButNoAdviceIsLookedUp)
{
	const Result<void> full = fail(HResult::Fail, "write '/run/gate'", ENOSPC);
	EXPECT_EQ(full.error().code, HResult::InsufficientStorage);
	const Result<void> own = fail(HResult::NotSupported, "open '/srv'", EIO, "look there");
	EXPECT_EQ(own.error().code, HResult::NotSupported);
	EXPECT_EQ(own.error().advice, "look there");
}

/// The words of a text, without marks of Markdown.
std::string plain(const std::string &text)
{
	std::string words;
	for (const char c : text) {
		if (c == '`' || c == '*' || c == '\\')
			continue;
		const char given = std::isspace(static_cast<unsigned char>(c)) ? ' ' : c;
		if (given != ' ' || (!words.empty() && words.back() != ' '))
			words += given;
	}
	return words;
}

TEST(Cause, EachRowIsInTheDocument)
{
	std::ifstream file(FSS_DOCS "/troubleshooting.md");
	const auto document = plain({std::istreambuf_iterator(file), {}});
	ASSERT_FALSE(document.empty());
	for (const auto &row : causes())
		EXPECT_NE(document.find(plain(fmt::format("| {} | ", strerror(row.errnum)))),
		          std::string::npos)
		        << strerror(row.errnum);
	for (const auto &row : causes())
		EXPECT_NE(document.find(plain(fmt::format("| {} |", row.remedy))),
		          std::string::npos)
		        << "| " << strerror(row.errnum) << " | " << row.remedy << " |";
}

TEST(Cause, AReceivedSubvolumeIsNotToBeMadeWritableFirst)
{
	const auto *cause = causeOf(Operation::Create, EROFS);
	ASSERT_NE(cause, nullptr);
	EXPECT_LT(cause->remedy.find("fss:store directory"), cause->remedy.find("property"));
}

TEST(Cause, AQuotaIsNoFullDisk)
{
	const auto *quota = causeOf(Operation::Snapshot, EDQUOT);
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
} // namespace fss
