// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Copy.h"
#include "requester/copy/Manifest.h"
#include "requester/testing/FakeShare.h"
#include "testing/TempDirectory.h"

#include <gmock/gmock.h>
#include <random>
#include <sstream>
#include <sys/stat.h>

namespace fss::requester {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string noise(size_t bytes, unsigned seed = 1)
{
	std::mt19937_64 random(seed);
	std::string data(bytes, '\0');
	for (size_t at = 0; at + 8 <= bytes; at += 8) {
		auto value = random();
		memcpy(data.data() + at, &value, 8);
	}
	return data;
}

class CancelledAtWill : public Cancellation {
public:
	bool requested() const override { return wanted; }
	int fd() const override { return -1; }
	std::atomic<bool> wanted = false;
};

class ACopy : public testing::Test {
protected:
	Result<CopyReport> copy()
	{
		return copyFromShare(share.connect(), "\\\\srv\\a@{1}", destination, options, watch,
		                     cancellation);
	}
	std::string content(const std::string &path) const
	{
		std::ostringstream text;
		text << std::ifstream(destination + "/" + path, std::ios::binary).rdbuf();
		return text.str();
	}
	bool exists(const std::string &path) const
	{
		return std::filesystem::exists(destination + "/" + path);
	}

	FakeShare share;
	TempDirectory directory;
	std::string destination = directory.path("copy");
	CopyOptions options{.connections = 3, .patience = std::chrono::milliseconds(50)};
	CopyWatch watch;
	CancelledAtWill cancellation;
};

TEST_F(ACopy, HasAllFilesAndDirectories)
{
	share.addFile("a/b/c.txt", "hello");
	share.addFile("empty", "");
	share.addFile("big", noise(3 * 16 * 1024 * 1024 + 17));
	share.addDirectory("a/nothing");
	auto report = copy();
	ASSERT_TRUE(report) << report.error().text();
	EXPECT_EQ(report->files, 3U);
	EXPECT_EQ(report->directories, 3U);
	EXPECT_EQ(report->failures, 0U);
	EXPECT_EQ(content("a/b/c.txt"), "hello");
	EXPECT_TRUE(exists("empty"));
	EXPECT_TRUE(exists("a/nothing"));
	EXPECT_TRUE(content("big") == share.nodes["big"].data);
}

TEST_F(ACopy, KeepsTimesAttributesAndDescriptors)
{
	share.addFile("d/f", "x");
	ASSERT_TRUE(copy());
	struct stat status {};
	ASSERT_EQ(stat((destination + "/d/f").c_str(), &status), 0);
	EXPECT_EQ(status.st_mtim.tv_sec, 1'300'000'000);
	EXPECT_EQ(status.st_mtim.tv_nsec, 123'456'700);
	EXPECT_EQ(status.st_mode & 07777, 0600U);
	ASSERT_EQ(stat((destination + "/d").c_str(), &status), 0);
	EXPECT_EQ(status.st_mtim.tv_sec, 1'000'000'000) << "not that of its last file";
	bool seen = false;
	ASSERT_TRUE(Manifest::read(destination, [&](const ManifestEntry &entry) -> Result<void> {
		if (entry.path != "d/f")
			return {};
		seen = true;
		EXPECT_EQ(entry.securityDescriptor, share.nodes["d/f"].securityDescriptor);
		EXPECT_EQ(entry.attributes, 0x20);
		EXPECT_EQ(entry.times, share.nodes["d/f"].times);
		return {};
	}));
	EXPECT_TRUE(seen);
}

TEST_F(ACopy, KeepsHoles)
{
	std::string data(64 * 1024 * 1024, '\0');
	data.replace(20 * 1024 * 1024, 4, "data");
	share.addFile("sparse", data);
	share.addFile("small", std::string(1024 * 1024, '\0') + "end");
	ASSERT_TRUE(copy());
	EXPECT_TRUE(content("sparse") == data);
	struct stat status {};
	ASSERT_EQ(stat((destination + "/sparse").c_str(), &status), 0);
	EXPECT_LT(status.st_blocks * 512, 1024 * 1024);
	ASSERT_EQ(stat((destination + "/small").c_str(), &status), 0);
	EXPECT_LT(status.st_blocks * 512, 128 * 1024);
}

TEST_F(ACopy, DoesNotReadAgainWhatItHas)
{
	for (int i = 0; i < 20; ++i)
		share.addFile("f" + std::to_string(i), noise(1000, static_cast<unsigned>(i)));
	ASSERT_TRUE(copy());
	auto opens = share.opens;
	auto report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->filesHadAlready, 20U);
	EXPECT_EQ(report->files, 20U);
	EXPECT_EQ(share.opens, opens);
}

TEST_F(ACopy, CopiesAgainWhatHasGoneOrChanged)
{
	share.addFile("gone", "one");
	share.addFile("changed", "two");
	ASSERT_TRUE(copy());
	std::filesystem::remove(destination + "/gone");
	std::ofstream(destination + "/changed") << "something else";
	ASSERT_TRUE(copy());
	EXPECT_EQ(content("gone"), "one");
	EXPECT_EQ(content("changed"), "two");
}

TEST_F(ACopy, GoesOnWithinABigFileAfterItWasEnded)
{
	auto data = noise(40 * 1024 * 1024);
	share.addFile("big", data);
	std::atomic<int> reads = 0;
	share.afterRead = [&] {
		if (++reads == 5)
			cancellation.wanted = true;
		std::this_thread::sleep_for(
		        std::chrono::milliseconds(cancellation.wanted ? 300 : 0));
	};
	auto ended = copy();
	ASSERT_FALSE(ended);
	EXPECT_EQ(ended.error().kind, FailureKind::Cancelled);
	EXPECT_FALSE(exists("big"));

	share.afterRead = nullptr;
	cancellation.wanted = false;
	auto before = share.bytesRead;
	ASSERT_TRUE(copy());
	EXPECT_TRUE(content("big") == data);
	EXPECT_LE(share.bytesRead - before, data.size() - 5 * BlockBytes);
}

TEST_F(ACopy, DoesNotTrustAPartialFileThatWasDamaged)
{
	auto data = noise(40 * 1024 * 1024);
	share.addFile("big", data);
	std::atomic<int> reads = 0;
	share.afterRead = [&] {
		if (++reads == 6)
			cancellation.wanted = true;
		std::this_thread::sleep_for(
		        std::chrono::milliseconds(cancellation.wanted ? 300 : 0));
	};
	ASSERT_FALSE(copy());
	for (const auto &entry :
	     std::filesystem::directory_iterator(destination + "/.smbshadow/partial"))
		if (entry.path().extension() == ".data") {
			std::fstream file(entry.path(),
			                  std::ios::in | std::ios::out | std::ios::binary);
			for (size_t at = 100; at < data.size(); at += BlockBytes)
				file.seekp(static_cast<std::streamoff>(at)).write("damage", 6);
		}
	share.afterRead = nullptr;
	cancellation.wanted = false;
	ASSERT_TRUE(copy());
	EXPECT_TRUE(content("big") == data);
}

TEST_F(ACopy, GoesOnOverALostConnection)
{
	auto data = noise(30 * 1024 * 1024);
	share.addFile("big", data);
	share.addFile("small", "x");
	share.readsLeft = 3;
	auto report = copy();
	ASSERT_TRUE(report) << report.error().text();
	EXPECT_EQ(report->failures, 0U);
	EXPECT_TRUE(content("big") == data);
}

TEST_F(ACopy, EndsWhenTheServerStaysAway)
{
	share.addFile("big", noise(30 * 1024 * 1024));
	share.afterRead = [this] { share.down = true; };
	auto report = copy();
	ASSERT_FALSE(report);
	EXPECT_EQ(report.error().kind, FailureKind::Unreachable);
	EXPECT_THAT(report.error().text(), HasSubstr("goes on where it stopped"));
	EXPECT_FALSE(exists("big"));
}

TEST_F(ACopy, ReportsWhatItCannotRead)
{
	share.addFile("good", "x");
	share.addFile("secret", "y");
	share.failingPath = "secret";
	share.failure = {.kind = FailureKind::Denied,
	                 .step = "open secret",
	                 .reason = "denied",
	                 .advice = {}};
	auto report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 1U);
	ASSERT_THAT(report->failed, SizeIs(1));
	EXPECT_EQ(content("good"), "x");
	EXPECT_FALSE(exists("secret"));
	auto verdict = report->verdict("copy");
	ASSERT_FALSE(verdict);
	EXPECT_EQ(verdict.error().kind, FailureKind::Incomplete);
}

TEST_F(ACopy, EndsForAFileThatFailsOnEachConnection)
{
	share.addFile("bad", "x");
	share.addFile("good", "y");
	share.failingPath = "bad";
	share.failure = {.kind = FailureKind::Unreachable,
	                 .step = "open bad",
	                 .reason = "lost",
	                 .advice = {}};
	auto report = copy();
	ASSERT_TRUE(report) << report.error().text();
	EXPECT_EQ(report->failures, 1U);
	EXPECT_EQ(content("good"), "y");
}

TEST_F(ACopy, FailsWithoutTheTop)
{
	share.failingPath = "x";
	share.nodes.clear();
	auto report = copy();
	ASSERT_FALSE(report);
	EXPECT_EQ(report.error().kind, FailureKind::NotFound);
}

TEST_F(ACopy, LeavesNothingWhereALinkLeads)
{
	share.addFile("d/f", "x");
	directory.directory("outside");
	std::filesystem::create_directory(destination);
	std::filesystem::create_symlink(directory.path("outside"), destination + "/d");
	auto report = copy();
	EXPECT_FALSE(report);
	EXPECT_TRUE(std::filesystem::is_empty(directory.path("outside")));
}

TEST_F(ACopy, RefusesNamesThatLeadAstray)
{
	share.nodes[".."].data = "x"; // what a hostile server lists
	share.addFile("good", "y");
	auto report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 1U);
	EXPECT_EQ(content("good"), "y");
}

TEST_F(ACopy, KeepsLongNames)
{
	std::string name;
	while (name.size() < 255 * 3)
		name += "\u20ac";
	share.addFile("d/" + name, "x");
	ASSERT_TRUE(copy());
	EXPECT_EQ(content("d/" + *localName("d", name)), "x");
}

TEST_F(ACopy, IsVerified)
{
	share.addFile("a/f", "x");
	share.addFile("big", noise(20 * 1024 * 1024));
	options.verify = true;
	auto report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->filesVerified, 2U);
	EXPECT_EQ(report->failures, 0U);
}

TEST_F(ACopy, IsFoundDamagedWhenItIsVerified)
{
	share.addFile("f", "original");
	share.addFile("g", "original");
	ASSERT_TRUE(copy());
	// With its size and time: only reading tells.
	auto time = std::filesystem::last_write_time(destination + "/f");
	std::ofstream(destination + "/f") << "0riginal";
	std::filesystem::last_write_time(destination + "/f", time);
	share.nodes["g"].data = "0riginal";
	options.verify = true;
	auto report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 2U);
	report = copy();
	ASSERT_TRUE(report);
	EXPECT_EQ(report->failures, 0U);
	EXPECT_EQ(content("f"), "original");
	EXPECT_EQ(content("g"), "0riginal");
}

TEST_F(ACopy, TellsHowItGoes)
{
	for (int i = 0; i < 50; ++i)
		share.addFile("f" + std::to_string(i), "12345");
	CopyProgress last;
	watch = [&](const CopyProgress &progress) { last = progress; };
	ASSERT_TRUE(copy());
	EXPECT_EQ(last.files, 50U);
	EXPECT_EQ(last.filesKnown, 50U);
	EXPECT_EQ(last.bytes, 250U);
	EXPECT_TRUE(last.allKnown);
}

} // namespace
} // namespace fss::requester
