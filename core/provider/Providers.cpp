// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/Providers.h"

#include "provider/JoinedBatch.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>

namespace fss {

namespace {

bool isAsked(const Providers::Entry &entry, ProviderChoice choice)
{
	if (choice == ProviderChoice::Auto)
		return entry.choice != ProviderChoice::Vfs;
	return entry.choice == choice;
}

} // namespace

Result<SnapshotProvider *> Providers::providerOf(const VolumeId &volume) const
{
	const auto name = volume.substr(0, volume.find(':'));
	for (const auto &entry : entries_)
		if (entry.name == name)
			return &entry.provider;
	return fail(HResult::Fail, fmt::format("reach volume {}", volume), ENOSYS,
	            fmt::format("this build has no provider '{}'", name));
}

Result<Location> Providers::inspect(const std::string &path, const InspectOptions &options)
{
	Result<Location> found =
	        fail(HResult::NotSupported, fmt::format("take shadow copies of '{}'", path), ENOSYS,
	             "this build lacks the provider that fss:provider asks for");
	std::string passedOver;
	for (const auto &entry : entries_) {
		if (!isAsked(entry, options.provider))
			continue;
		found = entry.provider.inspect(path, options);
		if (found)
			break;
		// With an errno it is no matter of what the volume is.
		if (found.error().errnum != 0)
			passedOver = found.error().text();
	}
	if (found)
		found->passedOver = passedOver;
	return found;
}

Result<void> Providers::checkRoom(const Volume &volume, const MinimumFree &minimum)
{
	return providerOf(volume.id).and_then(
	        [&](auto *provider) { return provider->checkRoom(volume, minimum); });
}

Result<void> Providers::awaitRoom(const Volume &volume, const MinimumFree &minimum)
{
	return providerOf(volume.id).and_then(
	        [&](auto *provider) { return provider->awaitRoom(volume, minimum); });
}

Result<std::string> Providers::lookBelow(const SnapshotRequest &request)
{
	return providerOf(request.volume.id).and_then([&](auto *provider) {
		return provider->lookBelow(request);
	});
}

Result<std::unique_ptr<SnapshotBatch>> Providers::begin(std::span<const SnapshotRequest> requests)
{
	struct Part {
		std::vector<SnapshotRequest> requests;
		std::vector<size_t> places;
	};
	std::map<SnapshotProvider *, Part> split;
	for (size_t i = 0; i < requests.size(); i++) {
		auto provider = providerOf(requests[i].volume.id);
		if (!provider)
			return tl::unexpected(provider.error());
		auto &part = split[*provider];
		part.requests.push_back(requests[i]);
		part.places.push_back(i);
	}
	if (split.size() == 1)
		return split.begin()->first->begin(requests);
	std::vector<JoinedBatch::Part> parts;
	for (auto &[provider, part] : split) {
		auto batch = provider->begin(part.requests);
		if (!batch)
			return batch;
		parts.push_back({std::move(*batch), std::move(part.places)});
	}
	return std::make_unique<JoinedBatch>(std::move(parts));
}

Result<Adoption> Providers::adopt(const ForeignSnapshot &snapshot)
{
	Result<Adoption> adopted =
	        fail(HResult::NotSupported, fmt::format("take over '{}'", snapshot.path));
	for (const auto &entry : entries_) {
		// Which share's modules would be needed to destroy it is not known.
		if (entry.choice == ProviderChoice::Vfs)
			continue;
		adopted = entry.provider.adopt(snapshot);
		if (adopted)
			break;
	}
	return adopted;
}

Result<void> Providers::seal(const SnapshotRef &snapshot)
{
	return providerOf(snapshot.volume.id).and_then([&](auto *provider) {
		return provider->seal(snapshot);
	});
}

// What one provider cannot destroy does not keep the others from it.
Result<void> Providers::destroy(std::span<const SnapshotRef> snapshots)
{
	Result<void> result;
	std::map<SnapshotProvider *, std::vector<SnapshotRef>> split;
	for (const auto &snapshot : snapshots) {
		if (auto provider = providerOf(snapshot.volume.id))
			split[*provider].push_back(snapshot);
		else
			result = tl::unexpected(provider.error());
	}
	for (const auto &[provider, part] : split)
		if (auto gone = provider->destroy(part); !gone)
			result = gone;
	return result;
}

Result<SnapshotPresence> Providers::presence(const SnapshotRef &snapshot)
{
	return providerOf(snapshot.volume.id).and_then([&](auto *provider) {
		return provider->presence(snapshot);
	});
}

bool Providers::mayHaveLost()
{
	bool lost = false;
	for (const auto &entry : entries_)
		lost = entry.provider.mayHaveLost() || lost;
	return lost;
}

Result<void> Providers::prune(const std::function<Result<std::set<std::string>>()> &copies)
{
	Result<void> outcome;
	for (const auto &entry : entries_)
		if (auto pruned = entry.provider.prune(copies); !pruned)
			outcome = pruned;
	return outcome;
}

std::string Providers::exposedPath(const SnapshotRef &snapshot,
                                   const std::string &relativePath) const
{
	const auto provider = providerOf(snapshot.volume.id);
	return provider ? (*provider)->exposedPath(snapshot, relativePath) : "";
}

} // namespace fss
