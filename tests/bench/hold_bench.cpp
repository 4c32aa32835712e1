// SPDX-License-Identifier: GPL-3.0-or-later
// How long writers are held while a set's snapshots are made, against the bare
// snapshot calls of the same set, fired in parallel, in one run. Needs root;
// makes a btrfs of its own in a loop device. Prints one line for each size.
#include "gate/GateDoor.h"
#include "gate/SharedGate.h"
#include "provider/Instant.h"
#include "provider/btrfs/BtrfsProvider.h"
#include "testing/LoopFs.h"

#include <algorithm>
#include <atomic>
#include <btrfsutil.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <thread>
#include <vector>

using namespace fss;
using Microseconds = std::chrono::microseconds;

namespace {

constexpr size_t blockSize = 64 * 1024;
constexpr size_t fileBlocks = 64;

void expect(bool good)
{
	if (good)
		return;
	std::perror("hold-bench");
	std::exit(1);
}

double median(std::vector<double> values)
{
	std::sort(values.begin(), values.end());
	return values[values.size() / 2];
}

/// Writes 64 KiB blocks into one volume, through its gate.
class Writer {
public:
	Writer(const std::string &gates, const Volume &volume, Microseconds pause)
	        : thread_([=, this](const std::stop_token &stop) {
		          run(stop, gates, volume, pause);
	          })
	{
	}
	double longest() const { return longest_; } ///< milliseconds

private:
	void run(const std::stop_token &stop, const std::string &gates, const Volume &volume,
	         Microseconds pause)
	{
		WriterProcess process;
		auto door = GateDoor::open(process, gates, volume.id);
		const Fd file(open((volume.root + "/file").c_str(), O_RDWR | O_CREAT, 0600));
		const std::string block(blockSize, 'x');
		std::minstd_rand random;
		while (!stop.stop_requested()) {
			const auto start = gateNow();
			door->enter();
			const auto at = static_cast<off_t>(random() % fileBlocks * blockSize);
			expect(pwrite(file.get(), block.data(), block.size(), at) > 0);
			door->leave();
			longest_ = std::max<double>(longest_,
			                            static_cast<double>(gateNow() - start) / 1e6);
			std::this_thread::sleep_for(pause);
		}
	}

	std::atomic<double> longest_ = 0;
	std::jthread thread_;
};

struct Set {
	BtrfsProvider provider;
	std::vector<SnapshotRequest> requests;

	Set(const LoopFs &fs, const std::string &name, size_t size)
	{
		for (size_t i = 0; i < size; i++) {
			const auto path = fs.subvolume(fmt::format("{}-{}-{}", name, size, i));
			SnapshotRequest request;
			request.volume = provider.inspect(path, {})->volume;
			requests.push_back(request);
		}
	}
	void renew()
	{
		for (auto &request : requests)
			request.id = CopyId::random();
	}
	void destroy()
	{
		std::vector<SnapshotRef> refs;
		for (const auto &request : requests)
			refs.push_back({request.id, request.volume, ""});
		expect(provider.destroy(refs).has_value());
	}
	/// The snapshot calls alone, in parallel, in milliseconds.
	double bare()
	{
		std::vector<Fd> sources, directories;
		for (size_t i = 0; i < requests.size(); i++) {
			const auto path = fmt::format("{}-bare", requests[i].volume.root);
			std::filesystem::create_directory(path);
			directories.emplace_back(open(path.c_str(), O_RDONLY | O_DIRECTORY));
			sources.emplace_back(
			        open(requests[i].volume.root.c_str(), O_RDONLY | O_DIRECTORY));
		}
		std::atomic<bool> go = false;
		GateTime start = 0;
		{
			std::vector<std::jthread> threads;
			for (size_t i = 0; i < requests.size(); i++)
				threads.emplace_back([&, i] {
					go.wait(false);
					expect(btrfs_util_create_snapshot_fd2(
					               sources[i].get(), directories[i].get(),
					               "snapshot",
					               BTRFS_UTIL_CREATE_SNAPSHOT_READ_ONLY,
					               nullptr, nullptr) == BTRFS_UTIL_OK);
				});
			start = gateNow();
			go = true;
			go.notify_all();
		}
		const auto time = gateNow() - start;
		for (const auto &directory : directories)
			expect(btrfs_util_delete_subvolume_fd(directory.get(), "snapshot", 0) ==
			       BTRFS_UTIL_OK);
		return static_cast<double>(time) / 1e6;
	}
	Instant held(WriteGate &gate)
	{
		renew();
		auto instant = takeInstant(provider, gate, requests, nullptr, {});
		expect(instant.has_value());
		destroy();
		return *instant;
	}
};

/// What the removal of the last snapshots has left to do is done.
void settle(const LoopFs &fs)
{
	expect(btrfs_util_sync(fs.root().c_str()) == BTRFS_UTIL_OK);
	std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

void measure(const LoopFs &fs, const std::string &gates, size_t size, bool busy, int rounds)
{
	Set set(fs, busy ? "busy" : "idle", size);
	SharedGate gate(gates);
	std::vector<std::unique_ptr<Writer>> writers;
	if (busy)
		for (const auto &request : set.requests)
			writers.push_back(std::make_unique<Writer>(
			        gates, request.volume, Microseconds(1000 * set.requests.size())));
	std::vector<double> bare, held;
	double longestHold = 0;
	int single = 0;
	for (int i = 0; i < rounds; i++) {
		settle(fs);
		bare.push_back(set.bare());
		settle(fs);
		const auto instant = set.held(gate);
		held.push_back(static_cast<double>(instant.held.count()) / 1000);
		longestHold = std::max(longestHold, held.back());
		single += instant.single ? 1 : 0;
	}
	double stall = 0;
	for (const auto &writer : writers)
		stall = std::max(stall, writer->longest());
	fmt::print(
	        "| {} | {} | {:.1f} ms | {:.1f} ms | {:.2f} | {:.1f} ms | {:.1f} ms | {} of {} |\n",
	        size, busy ? "busy" : "idle", median(bare), median(held),
	        median(held) / median(bare), longestHold, stall, single, rounds);
	std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
	const int rounds = argc > 1 ? std::atoi(argv[1]) : 50;
	const LoopFs fs(int64_t{4} << 30);
	char pattern[] = "/tmp/fss-bench-XXXXXX";
	const std::string parent = mkdtemp(pattern);
	for (const bool busy : {false, true})
		for (const size_t size : {1, 4, 16, 64})
			measure(fs, parent + "/gates", size, busy, rounds);
	std::filesystem::remove_all(parent);
}
