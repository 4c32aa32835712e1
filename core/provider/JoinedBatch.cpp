// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/JoinedBatch.h"

#include <thread>

namespace fss {

std::vector<VolumeId> JoinedBatch::writtenThrough() const
{
	std::vector<VolumeId> volumes;
	for (const auto &part : parts_)
		for (auto &volume : part.batch->writtenThrough())
			volumes.push_back(std::move(volume));
	return volumes;
}

Result<void> JoinedBatch::onAll(const std::function<Result<void>(SnapshotBatch &)> &step)
{
	std::vector<Result<void>> results(parts_.size());
	{
		std::vector<std::jthread> threads;
		threads.reserve(parts_.size());
		for (size_t i = 0; i < parts_.size(); i++)
			threads.emplace_back([&, i] {
				results[i] = caught([&] { return step(*parts_[i].batch); });
			});
	}
	for (auto &result : results)
		if (!result)
			return result;
	return {};
}

Result<void> JoinedBatch::flush()
{
	return onAll([](auto &batch) { return batch.flush(); });
}

Result<void> JoinedBatch::arm()
{
	return onAll([](auto &batch) { return batch.arm(); });
}

Result<void> JoinedBatch::fire()
{
	return onAll([](auto &batch) { return batch.fire(); });
}

Result<std::vector<SnapshotResult>> JoinedBatch::finish()
{
	std::vector<SnapshotResult> results;
	for (auto &part : parts_) {
		auto finished = part.batch->finish();
		if (!finished)
			return finished;
		for (size_t i = 0; i < part.requests.size() && i < finished->size(); i++) {
			const auto place = part.requests[i];
			if (results.size() <= place)
				results.resize(place + 1);
			results[place] = std::move((*finished)[i]);
		}
	}
	return results;
}

} // namespace fss
