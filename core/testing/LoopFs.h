// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "provider/SnapshotProvider.h"

#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace fss {

/// A btrfs file system of its own in a temporary image file; unmounted and
/// removed at the end, whatever happened.
class LoopFs {
public:
	/// Room for the smallest btrfs with some to spare; the image is sparse.
	static constexpr int64_t usualSize = 256 << 20;

	/// size: in bytes.
	explicit LoopFs(int64_t size = usualSize);
	~LoopFs();
	LoopFs(const LoopFs &) = delete;
	LoopFs &operator=(const LoopFs &) = delete;

	/// Why there can be no such file system here; "" where there can.
	static std::string obstacle();

	const std::string &root() const { return root_; }
	/// The file that holds it.
	const std::string &image() const { return image_; }
	std::string path(const std::string &name) const { return root_ + "/" + name; }

	/// Makes a subvolume and returns its path.
	std::string subvolume(const std::string &name) const;
	void unmount();
	void mount(const std::string &options = "noatime");

private:
	std::string directory_;
	std::string image_;
	std::string root_;
};

/// Tests on a real btrfs. Without root or btrfs they are skipped, loudly; a
/// test run that must not skip sets the environment variable CI.
class OnBtrfs : public testing::Test {
protected:
	void SetUp() override;
	/// One file system for all tests of the program; each has its subvolume.
	static LoopFs &fs();

	/// Runs a shell command, which must succeed.
	static void run(const std::string &command);
	static void write(const std::string &path, const std::string &text);
	static std::string read(const std::string &path);
	static bool exists(const std::string &path);

	/// What Prepare does, and Commit, without writers.
	static Result<void> prepareSnapshots(SnapshotProvider &provider,
	                                     std::span<const SnapshotRequest> requests);
	static Result<std::vector<SnapshotResult>>
	makeSnapshots(SnapshotProvider &provider, std::span<const SnapshotRequest> requests);

	std::string volume; ///< a fresh subvolume
};

} // namespace fss
