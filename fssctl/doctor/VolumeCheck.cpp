// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "agent/Options.h"
#include "fssctl/doctor/BtrfsPlaces.h"
#include "provider/btrfs/BtrfsFs.h"
#include "snapper_backend/SnapperService.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss::doctor {

namespace {

bool isDirectory(const std::string &path)
{
	struct stat info {};
	return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool isOnBtrfs(const std::string &path)
{
	const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return fd && btrfs::fileSystemId(fd.get());
}

Finding noDirectory(const ShareInfo &share)
{
	struct stat info {};
	if (lstat(share.path.c_str(), &info) == 0)
		return {"share-path", share.name, Verdict::Error,
		        fmt::format("{} is no directory, or a link that leads to none",
		                    share.path)};
	return {"share-path",
	        share.name,
	        Verdict::Error,
	        fmt::format("{} does not exist; is its volume mounted?", share.path),
	        {command({"mkdir", "-p", share.path})}};
}

/// The directories of shares that take part.
std::vector<std::string> otherPaths(const Surroundings &at)
{
	std::vector<std::string> paths;
	for (const auto &name : at.samba.shares())
		if (const auto share = at.host.findShare(name, nullptr);
		    share && share->usesModule())
			paths.push_back(share->path);
	return paths;
}

/// To move a share to a subvolume of its own, best where other shares are.
std::vector<Remedy> toBtrfs(const Surroundings &at, const ShareInfo &share)
{
	const auto mount = btrfsMount(at.machine, otherPaths(at));
	if (!mount)
		return {};
	const auto place = (*mount == "/" ? "" : *mount) + "/" + share.name;
	if (at.machine.exists(place))
		return {};
	return {command({"btrfs", "subvolume", "create", place}),
	        command({"cp", "-a", share.path + "/.", place + "/"}),
	        setParameter(at.samba, share.name, "path", place)};
}

Finding notOnBtrfs(const Surroundings &at, const ShareInfo &share)
{
	return {"file-system", share.name, Verdict::Error,
	        fmt::format(
	                "'{}' is not on btrfs: move the share to a btrfs subvolume, or let another "
	                "VFS module make its snapshots (fss:provider = vfs)",
	                share.path),
	        toBtrfs(at, share)};
}

std::vector<Remedy> snapperRemedies(const Surroundings &at, const ShareInfo &share,
                                    const Error &error, const std::string &root)
{
	const auto session = snapper::systemService()->connect();
	const bool answers = session && (*session)->configs(std::chrono::seconds(5));
	if (answers && error.errnum == 0)
		return {command({"snapper", "-c", share.name, "create-config", root})};
	if (error.errnum == ETIMEDOUT || error.errnum == ECONNRESET)
		return {command({"systemctl", "restart", "snapperd"})};
	return {setParameter(at.samba, share.name, "fss:provider", "btrfs")};
}

/// The agent's own verdict, once all that doctor can name by itself is in order.
std::optional<Location> checkProvider(const Surroundings &at, const ShareInfo &share,
                                      const InspectOptions &options, const std::string &root,
                                      Findings &findings)
{
	constexpr const char *check = "provider";
	const auto location = at.provider.inspect(share.path, options);
	if (!location) {
		Finding finding{check, share.name, Verdict::Error, location.error().text()};
		if (options.provider == ProviderChoice::Snapper)
			finding.remedies = snapperRemedies(at, share, location.error(), root);
		findings.push_back(std::move(finding));
		return std::nullopt;
	}
	const auto &volume = location->volume;
	if (!location->passedOver.empty())
		findings.push_back(
		        {check,
		         share.name,
		         Verdict::Warning,
		         fmt::format("snapper did not answer, and the agent makes the snapshots "
		                     "itself: {}",
		                     location->passedOver),
		         {setParameter(at.samba, share.name, "fss:provider", "btrfs")}});
	findings.push_back(ok(check, share.name,
	                      fmt::format("{} makes the snapshots of volume {}, store {}",
	                                  volume.id.substr(0, volume.id.find(':')), volume.root,
	                                  volume.byHooks() ? "of its own" : volume.store)));
	return *location;
}

void checkRoom(const Surroundings &at, const ShareInfo &share, const Volume &volume,
               Findings &findings)
{
	const Options options(at.host);
	const auto room = at.provider.checkRoom(volume, options.minimumFree(share.name));
	if (room) {
		findings.push_back(ok(
		        "free-space", share.name,
		        fmt::format("'{}' has the room that fss:min free asks for", volume.root)));
		return;
	}
	Finding finding{"free-space", share.name, Verdict::Error, room.error().text()};
	// The default asks for little: what has less is full.
	if (at.provider.checkRoom(volume, {uint64_t{1} << 30, 5}))
		finding.remedies = {setParameter(at.samba, share.name, "fss:min free", "1G, 5%")};
	else
		finding.remedies = {
		        command({"btrfs", "balance", "start", "-dusage=50", volume.root})};
	findings.push_back(std::move(finding));
}

void checkCount(const Surroundings &at, const ShareInfo &share, const Volume &volume,
                Findings &findings)
{
	const auto sets = at.sets();
	if (!sets) // which checkSets() has told of
		return;
	uint32_t copies = 0;
	for (const auto &stored : *sets)
		for (const auto &copy : stored.set.copies)
			copies += copy.volume.id == volume.id && stored.set.isCounted(copy) ? 1 : 0;
	const auto most = Options(at.host).maxShadowCopies(share.name);
	const auto text = fmt::format("{} of at most {} shadow copies of its volume", copies, most);
	if (copies < most)
		findings.push_back(ok("copy-limit", share.name, text));
	else
		findings.push_back(
		        {"copy-limit",
		         share.name,
		         Verdict::Error,
		         text + ": no client can make another; delete some (fssctl list), or "
		                "allow more",
		         {setParameter(at.samba, share.name, "fss:max shadow copies",
		                       std::to_string(std::max(2 * copies, copies + 8)))}});
}

void checkLastVolume(const Surroundings &at, const ShareInfo &share, const Volume &volume,
                     Findings &findings)
{
	const auto last = at.lastVolume(share.name);
	if (last && last->differsFrom(volume.id))
		findings.push_back(
		        {"last-volume", share.name, Verdict::Warning,
		         fmt::format("'{}' is another volume than that of its last shadow "
		                     "copy (was '{}'): is the right disk mounted? The next "
		                     "shadow copy ends this warning",
		                     volume.root, last->root)});
}

/// Where the agent, or snapper, makes the snapshots.
void checkOwnVolume(const Surroundings &at, const ShareInfo &share, const InspectOptions &options,
                    Findings &findings)
{
	if (!isOnBtrfs(share.path)) {
		findings.push_back(notOnBtrfs(at, share));
		return;
	}
	const bool bySnapper = options.provider == ProviderChoice::Snapper;
	const auto located = btrfs::locateShare(share.path, bySnapper ? "" : options.store);
	if (!located) {
		findings.push_back({"volume", share.name, Verdict::Error, located.error().text()});
		return;
	}
	auto volume = located->location.volume;
	auto parts = checkNestedBelow(at, share, *located);
	if (!bySnapper)
		for (auto &finding : checkStore(at, share, *located))
			parts.push_back(std::move(finding));
	const bool sound = gravest(parts) < Verdict::Error;
	for (auto &finding : parts)
		findings.push_back(std::move(finding));
	if (sound)
		if (const auto found = checkProvider(at, share, options, volume.root, findings))
			volume = found->volume;
	checkLastVolume(at, share, volume, findings);
	checkRoom(at, share, volume, findings);
	checkCount(at, share, volume, findings);
	for (auto &finding : checkQuotaGroups(at, share, *located))
		findings.push_back(std::move(finding));
	if (sound && !bySnapper)
		for (auto &finding : checkLeftovers(at, share, *located))
			findings.push_back(std::move(finding));
}

/// Where the share's other modules do.
void checkHooks(const Surroundings &at, const ShareInfo &share, const InspectOptions &options,
                Findings &findings)
{
	const auto helper = at.host.option(nullptr, "snapshot helper");
	if (helper && !at.machine.isExecutable(*helper)) {
		findings.push_back({"snapshot-helper",
		                    share.name,
		                    Verdict::Error,
		                    fmt::format("fss:snapshot helper = {} is no program", *helper),
		                    {removeParameter(at.samba, "global", "fss:snapshot helper")}});
		return;
	}
	checkProvider(at, share, options, "", findings);
}

} // namespace

Findings checkVolume(const Surroundings &at, const ShareInfo &share)
{
	if (!isDirectory(share.path))
		return {noDirectory(share)};
	Findings findings{ok("share-path", share.name, fmt::format("{} is there", share.path))};
	const auto options = Options(at.host).inspection(share);
	if (options.provider == ProviderChoice::Vfs)
		checkHooks(at, share, options, findings);
	else
		checkOwnVolume(at, share, options, findings);
	return findings;
}

} // namespace fss::doctor
