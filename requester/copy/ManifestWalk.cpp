// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/ManifestWalk.h"

namespace fss::requester {

Result<void> ManifestWalk::eachFile(const std::filesystem::path &copy, CopyRun &run,
                                    const std::function<bool(const ManifestEntry &)> &choose,
                                    const FileTask &task) const
{
	auto counted = Manifest::read(copy, [&](const ManifestEntry &entry) -> Result<void> {
		if (!entry.directory && choose(entry)) {
			++run.filesKnown;
			run.bytesKnown += entry.size;
		}
		return {};
	});
	if (!counted)
		return counted;
	run.allKnown = true;

	Belt<ManifestEntry> belt;
	Threads threads(connections, [&](unsigned) {
		PatientTree remote(connect, patience, run);
		std::vector<std::byte> buffer(BlockBytes);
		while (auto entry = belt.take()) {
			if (!run.stopping())
				task(remote, buffer, *entry);
		}
	});
	// Reading waits for the belt; the user is not to wait for that.
	Result<void> read;
	std::atomic<bool> ended = false;
	std::thread reader([&] {
		read = Manifest::read(copy, [&](const ManifestEntry &entry) -> Result<void> {
			if (!entry.directory && choose(entry) && !run.stopping())
				belt.put(entry);
			return {};
		});
		belt.close();
		threads.join();
		ended = true;
	});
	Observer observer(run, watch, cancellation);
	while (!ended) {
		observer.look();
		std::this_thread::sleep_for(std::chrono::milliseconds(20));
	}
	reader.join();
	observer.look();
	return read;
}

} // namespace fss::requester
