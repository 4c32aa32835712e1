// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Copy.h"
#include "requester/testing/FakeShare.h"
#include "testing/TempDirectory.h"

#include <fstream>
#include <gmock/gmock.h>

namespace fss::requester {
namespace {

using testing::HasSubstr;

class ARestore : public testing::Test {
protected:
	ARestore()
	{
		std::string big(5 * 1024 * 1024, '\0');
		big.replace(4 * 1024 * 1024 + 5, 3, "mid");
		source.addFile("vm1/disk", big);
		source.addFile("vm1/notes", "hello");
		source.addFile("vm2/notes", "other");
		source.addFile("empty", "");
		EXPECT_TRUE(copyFromShare(source.connect(), "\\\\srv\\a@{1}", copy, {}, {}, never));
	}
	Result<CopyReport> restore()
	{
		return restoreToShare(target.connect(), copy, options, {}, never);
	}

	TempDirectory directory;
	std::string copy = directory.path("copy");
	FakeShare source;
	FakeShare target;
	NeverCancelled never;
	RestoreOptions options{.patience = std::chrono::milliseconds(50)};
};

TEST_F(ARestore, PutsBackAllThatWasCopied)
{
	auto report = restore();
	ASSERT_TRUE(report) << report.error().text();
	EXPECT_EQ(report->files, 4U);
	EXPECT_EQ(report->failures, 0U);
	EXPECT_EQ(target.nodes.size(), source.nodes.size());
	for (const auto &[path, node] : source.nodes) {
		if (path.empty())
			continue;
		ASSERT_TRUE(target.nodes.contains(path)) << path;
		const auto &back = target.nodes[path];
		EXPECT_EQ(back.directory, node.directory) << path;
		EXPECT_TRUE(back.data == node.data) << path;
		EXPECT_EQ(back.securityDescriptor, node.securityDescriptor) << path;
		EXPECT_EQ(back.attributes, node.attributes) << path;
		EXPECT_EQ(back.times.written, node.times.written) << path;
	}
}

TEST_F(ARestore, ReplacesWhatIsThere)
{
	target.addFile("vm1/notes", "something newer and longer");
	ASSERT_TRUE(restore());
	EXPECT_EQ(target.nodes["vm1/notes"].data, "hello");
}

TEST_F(ARestore, PutsBackChosenFilesOnly)
{
	options.chosen = {"vm1/notes", "vm2"};
	target.addDirectory("vm1");
	target.nodes["vm1"].securityDescriptor = "its own";
	auto report = restore();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->files, 2U);
	EXPECT_FALSE(target.nodes.contains("vm1/disk"));
	EXPECT_FALSE(target.nodes.contains("empty"));
	EXPECT_EQ(target.nodes["vm2/notes"].data, "other");
	EXPECT_EQ(target.nodes["vm1"].securityDescriptor, "its own") << "it was not chosen";
}

TEST_F(ARestore, SaysThatTheCopyHasNoSuchFile)
{
	options.chosen = {"vm3"};
	auto report = restore();
	ASSERT_FALSE(report);
	EXPECT_EQ(report.error().kind, FailureKind::NotFound);
	EXPECT_THAT(report.error().text(), HasSubstr("vm3"));
}

TEST_F(ARestore, LeavesAloneWhatItWouldReplaceByDamagedData)
{
	std::ofstream(copy + "/vm1/notes") << "hellO";
	target.addFile("vm1/notes", "newer");
	auto report = restore();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 1U);
	EXPECT_EQ(report->files, 3U);
	EXPECT_EQ(target.nodes["vm1/notes"].data, "newer");
	EXPECT_EQ(target.nodes.size(), source.nodes.size()) << "no temporary file";
}

TEST_F(ARestore, ReadsBackWhatItWrote)
{
	options.verify = true;
	auto report = restore();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 0U);
	EXPECT_EQ(target.bytesRead, 5U * 1024 * 1024 + 10);
}

TEST_F(ARestore, KeepsTheSharesOwnDescriptorsIfItIsToldTo)
{
	options.securityDescriptors = false;
	ASSERT_TRUE(restore());
	EXPECT_EQ(target.nodes["vm1/notes"].securityDescriptor, target.ownDescriptor);
}

TEST_F(ARestore, SetsTheAclAloneWhereFilesCannotBeGivenAway)
{
	target.keepsOwners = true;
	options.chosen = {"vm1/notes"};
	auto report = restore();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->files, 1U);
	EXPECT_EQ(report->failures, 1U) << "the user is told";
	EXPECT_EQ(target.nodes["vm1/notes"].securityDescriptor, "O:S-1-1-0G:S-1-1-0D:(A;;FA;;;WD)");
}

TEST_F(ARestore, SaysNothingOfAnOwnerThatIsRightAlready)
{
	target.keepsOwners = true;
	target.ownDescriptor = "O:S-1-5-21-1G:S-1-22-2-0D:(A;;FA;;;SY)";
	options.chosen = {"vm1/notes"};
	auto report = restore();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 0U);
	EXPECT_EQ(target.nodes["vm1/notes"].securityDescriptor,
	          "O:S-1-5-21-1G:S-1-22-2-0D:(A;;FA;;;WD)");
}

TEST_F(ARestore, NeedsACopy)
{
	copy = directory.path("nothing");
	auto report = restore();
	ASSERT_FALSE(report);
	EXPECT_EQ(report.error().kind, FailureKind::NotFound);
}

TEST_F(ARestore, EndsWhenTheServerIsAway)
{
	target.down = true;
	auto report = restore();
	ASSERT_FALSE(report);
	EXPECT_EQ(report.error().kind, FailureKind::Unreachable);
}

} // namespace
} // namespace fss::requester
