// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/LoopFs.h"

#include "provider/Instant.h"
#include "testing/FakeGate.h"

#include <btrfsutil.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <unistd.h>

namespace fss {

namespace {

void shell(const std::string &command)
{
	if (std::system((command + " >&2").c_str()) != 0)
		throw std::runtime_error(command);
}

std::unique_ptr<LoopFs> &shared()
{
	static std::unique_ptr<LoopFs> fs;
	return fs;
}

// Ends the shared file system before the program ends. Mounts are in a
// namespace of their own, so that they go with the program should it crash.
class Cleaning : public testing::Environment {
public:
	void SetUp() override
	{
		if (LoopFs::obstacle().empty() && unshare(CLONE_NEWNS) == 0)
			::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
	}
	void TearDown() override { shared().reset(); }
};

const auto *const cleaning = testing::AddGlobalTestEnvironment(new Cleaning);

} // namespace

std::string LoopFs::obstacle()
{
	if (geteuid() != 0)
		return "these tests need root";
	std::ifstream file("/proc/filesystems");
	const std::string known{std::istreambuf_iterator<char>(file), {}};
	if (known.find("\tbtrfs\n") == known.npos &&
	    std::system("modprobe btrfs >/dev/null 2>&1") != 0)
		return "the kernel has no btrfs";
	if (std::system("command -v mkfs.btrfs >/dev/null") != 0)
		return "mkfs.btrfs is missing (package btrfs-progs)";
	if (access("/dev/loop-control", F_OK) != 0)
		return "there are no loop devices";
	return "";
}

LoopFs::LoopFs(int64_t size)
{
	directory_ = (std::filesystem::temp_directory_path() / "fss-test-XXXXXX").string();
	if (mkdtemp(directory_.data()) == nullptr)
		throw std::runtime_error("mkdtemp");
	image_ = directory_ + "/image";
	root_ = directory_ + "/fs";
	std::filesystem::create_directory(root_);
	std::ofstream(image_).flush();
	if (truncate(image_.c_str(), size) != 0)
		throw std::runtime_error("truncate");
	shell(fmt::format("mkfs.btrfs -q '{}'", image_));
	mount();
}

LoopFs::~LoopFs()
{
	unmount();
	// The loop device went with the mount (mount -o loop sets autoclear).
	std::error_code ignored;
	std::filesystem::remove(image_, ignored);
	std::filesystem::remove(root_, ignored);
	std::filesystem::remove(directory_, ignored);
}

void LoopFs::mount(const std::string &options)
{
	shell(fmt::format("mount -o 'loop,{}' '{}' '{}'", options, image_, root_));
}

void LoopFs::unmount()
{
	// What a test mounted below goes first.
	const auto command = fmt::format("findmnt -rno TARGET | grep -F '{}/' | sort -r | "
	                                 "xargs -r -n1 umount",
	                                 directory_);
	static_cast<void>(std::system(command.c_str()));
	if (umount2(root_.c_str(), 0) != 0 && errno == EBUSY) {
		ADD_FAILURE() << root_ << " is held open";
		umount2(root_.c_str(), MNT_DETACH);
	}
}

std::string LoopFs::subvolume(const std::string &name) const
{
	const auto made = path(name);
	if (btrfs_util_create_subvolume(made.c_str(), 0, nullptr, nullptr) != BTRFS_UTIL_OK)
		throw std::runtime_error("make subvolume " + made);
	return made;
}

LoopFs &OnBtrfs::fs()
{
	if (!shared())
		shared() = std::make_unique<LoopFs>();
	return *shared();
}

void OnBtrfs::SetUp()
{
	if (const auto obstacle = LoopFs::obstacle(); !obstacle.empty()) {
		const char *ci = std::getenv("CI");
		if (ci != nullptr && *ci != '\0')
			FAIL() << "NOT TESTED ON BTRFS: " << obstacle;
		std::cerr << "*** NOT TESTED ON BTRFS: " << obstacle << " ***\n";
		GTEST_SKIP() << "NOT TESTED ON BTRFS: " << obstacle;
	}
	static int number = 0;
	volume = fs().subvolume(fmt::format("volume{}", ++number));
}

void OnBtrfs::run(const std::string &command)
{
	ASSERT_NO_THROW(shell(command));
}

void OnBtrfs::write(const std::string &path, const std::string &text)
{
	std::ofstream file(path);
	file << text;
	ASSERT_TRUE(file.flush()) << path;
}

std::string OnBtrfs::read(const std::string &path)
{
	std::ifstream file(path);
	return {std::istreambuf_iterator<char>(file), {}};
}

bool OnBtrfs::exists(const std::string &path)
{
	std::error_code ignored;
	return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

Result<void> OnBtrfs::prepareSnapshots(SnapshotProvider &provider,
                                       std::span<const SnapshotRequest> requests)
{
	return provider.begin(requests).and_then([](auto &&batch) { return batch->flush(); });
}

Result<std::vector<SnapshotResult>>
OnBtrfs::makeSnapshots(SnapshotProvider &provider, std::span<const SnapshotRequest> requests)
{
	FakeGate gate;
	return takeInstant(provider, gate, requests, nullptr, {}).map([](const Instant &instant) {
		return instant.snapshots;
	});
}

} // namespace fss
