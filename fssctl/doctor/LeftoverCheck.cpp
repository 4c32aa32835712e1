// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "provider/btrfs/BtrfsFs.h"
#include "provider/btrfs/Nested.h"
#include "provider/btrfs/SnapshotStore.h"
#include "provider/btrfs/VolumeIds.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

bool isKnown(const std::vector<StoredSet> &sets, const std::string &id)
{
	return std::any_of(sets.begin(), sets.end(), [&](const auto &stored) {
		const auto &copies = stored.set.copies;
		return std::any_of(copies.begin(), copies.end(),
		                   [&](const auto &copy) { return copy.id.text() == id; });
	});
}

bool isForeign(const std::vector<std::string> &paths, const std::string &directory)
{
	return std::any_of(paths.begin(), paths.end(), [&](const auto &path) {
		return (path + "/").starts_with(directory + "/");
	});
}

/// A shadow copy's directory with all subvolumes in it, the innermost first.
Remedy removal(const std::string &directory, int fd)
{
	Remedy remedy;
	const auto names = btrfs::namesIn(fd);
	for (const auto &name : names ? *names : std::vector<std::string>()) {
		const auto path = directory + "/" + name;
		const auto root = btrfs::openDirectory(fd, name);
		if (!root || !*root || !btrfs::isSubvolumeRoot(root->get()))
			continue;
		std::vector<std::string> subvolumes{path};
		if (const auto nested = btrfs::openNested(root->get()))
			for (const auto &inner : *nested)
				subvolumes.push_back(path + "/" + inner.relativePath);
		std::reverse(subvolumes.begin(), subvolumes.end());
		std::vector<std::string> words{"btrfs", "subvolume", "delete", "-c"};
		words.insert(words.end(), subvolumes.begin(), subvolumes.end());
		remedy.command += command(words).command + " && ";
	}
	remedy.command += command({"rm", "-r", "--one-file-system", directory}).command;
	return remedy;
}

} // namespace

Findings checkLeftovers(const Surroundings &at, const ShareInfo &share,
                        const btrfs::LocatedShare &located)
{
	constexpr const char *check = "leftovers";
	const auto &volume = located.location.volume;
	const auto store = SnapshotStore(volume.store).open(btrfs::fsidOf(volume.id));
	if (!store || !*store)
		return {ok(check, share.name,
		           "there is no snapshot store, and so nothing left in it")};
	const auto names = btrfs::namesIn(store->get());
	// Read after the names: whatever is made now is on record before it is there.
	const auto sets = at.sets();
	if (!names || !sets)
		return {};
	Findings findings;
	for (const auto &name : *names) {
		const auto directory = volume.store + "/" + name;
		if (!CopyId::parse(name) || isKnown(*sets, name) ||
		    isForeign(at.foreignPaths, directory))
			continue;
		const auto fd = btrfs::openDirectory(store->get(), name);
		if (!fd || !*fd)
			continue;
		findings.push_back(
		        {check,
		         share.name,
		         Verdict::Warning,
		         fmt::format("'{}' belongs to no shadow copy set on record", directory),
		         {removal(directory, fd->get())}});
	}
	if (findings.empty())
		findings.push_back(ok(check, share.name,
		                      fmt::format("all in '{}' is on record", volume.store)));
	return findings;
}

} // namespace fss::doctor
