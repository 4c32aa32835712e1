// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/Copy.h"
#include "requester/copy/FileData.h"
#include "requester/copy/ManifestWalk.h"
#include "requester/copy/Verify.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::requester {

namespace {

constexpr uint16_t AttributesThatAreSet =
        0x1 | 0x2 | 0x4 | 0x20; // read-only, hidden, system, archive

/// Whether a path, or a directory above it, was chosen.
bool isChosen(const std::vector<std::string> &chosen, const std::string &path)
{
	return chosen.empty() || std::any_of(chosen.begin(), chosen.end(), [&](const auto &choice) {
		       return path == choice ||
		              (path.starts_with(choice) && path[choice.size()] == '/');
	       });
}

/// Whether something chosen may lie below a directory.
bool leadsToChosen(const std::vector<std::string> &chosen, const std::string &path)
{
	return std::any_of(chosen.begin(), chosen.end(),
	                   [&](const auto &choice) { return choice.starts_with(path + "/"); });
}

/// The name of a file until it is whole: in its directory, for renaming is
/// within one; of few letters, whatever the name's length.
std::string temporary(const std::string &path)
{
	auto [parent, name] = parentAndName(path);
	return joined(parent,
	              fmt::format("~smbshadow-{}.tmp",
	                          Checksum::of(std::string_view(name)).text().substr(0, 16)));
}

/// What is before the DACL in SDDL.
std::string ownerAndGroup(const std::string &descriptor)
{
	return descriptor.substr(0, descriptor.find("D:"));
}

class Restore {
public:
	Restore(const LocalTree &tree, const RestoreOptions &options, CopyRun &run)
	        : tree_(tree), options_(options), run_(run)
	{
	}

	void makeDirectories(PatientTree &remote, const std::filesystem::path &copy);
	void file(PatientTree &remote, std::span<std::byte> buffer, const ManifestEntry &entry);
	void dressDirectories(PatientTree &remote);

private:
	Result<Checksum> upload(RemoteTree &remote, std::span<std::byte> buffer,
	                        const ManifestEntry &entry, const std::string &name);
	Result<void> dress(RemoteTree &remote, const ManifestEntry &entry, const std::string &name);
	Result<void> setDescriptor(RemoteTree &remote, const ManifestEntry &entry,
	                           const std::string &name);
	Result<void> whole(RemoteTree &remote, std::span<std::byte> buffer,
	                   const ManifestEntry &entry);

	const LocalTree &tree_;
	const RestoreOptions &options_;
	CopyRun &run_;
	std::vector<ManifestEntry> directories_;
};

void Restore::makeDirectories(PatientTree &remote, const std::filesystem::path &copy)
{
	auto done = Manifest::read(copy, [&](const ManifestEntry &entry) -> Result<void> {
		if (!entry.directory || entry.path.empty())
			return {};
		bool chosen = isChosen(options_.chosen, entry.path);
		if (chosen || leadsToChosen(options_.chosen, entry.path))
			directories_.push_back(entry);
		return {};
	});
	if (!done)
		return run_.stop(done.error());
	for (const auto &entry : directories_) {
		if (run_.stopping())
			return;
		auto made = remote.call(
		        [&](RemoteTree &tree) { return tree.makeDirectory(entry.path); });
		if (made)
			++run_.directories;
		else
			run_.note(made.error());
	}
	// Those that only lead to what was chosen keep what they have.
	std::erase_if(directories_, [&](const ManifestEntry &entry) {
		return !isChosen(options_.chosen, entry.path);
	});
}

Result<Checksum> Restore::upload(RemoteTree &remote, std::span<std::byte> buffer,
                                 const ManifestEntry &entry, const std::string &name)
{
	auto local = tree_.openFile(*localPath(entry.path));
	if (!local)
		return tl::unexpected(local.error());
	auto file = remote.create(name);
	if (!file)
		return tl::unexpected(file.error());
	std::vector<Checksum> blocks;
	for (uint64_t offset = 0; offset < entry.size; offset += BlockBytes) {
		auto wanted =
		        static_cast<size_t>(std::min<uint64_t>(BlockBytes, entry.size - offset));
		auto part = buffer.first(readAll(*local, buffer.first(wanted), offset));
		blocks.push_back(Checksum::of(part));
		Result<void> written;
		forEachFilled(part, [&](size_t at, std::span<const std::byte> stretch) {
			written = (*file)->write(stretch, offset + at);
			return written.has_value();
		});
		if (!written)
			return tl::unexpected(written.error());
		if (part.size() < wanted)
			break; // the checksum will tell
	}
	// Also where it ends with a hole.
	if (entry.size > 0)
		if (auto done = (*file)->truncate(entry.size); !done)
			return tl::unexpected(done.error());
	if (auto done = (*file)->close(); !done)
		return tl::unexpected(done.error());
	return Checksum::ofBlocks(blocks);
}

Result<void> Restore::dress(RemoteTree &remote, const ManifestEntry &entry, const std::string &name)
{
	if (options_.times)
		if (auto done = remote.setTimes(name, entry.times); !done)
			return done;
	if (auto wanted = entry.attributes & AttributesThatAreSet; wanted != 0)
		if (auto done = remote.setAttributes(name, static_cast<uint16_t>(wanted)); !done)
			return done;
	if (options_.securityDescriptors && !entry.securityDescriptor.empty())
		return setDescriptor(remote, entry, name);
	return {};
}

/// Who may not give files away sets the ACL alone; the user is told where the
/// owner is another then. Where not even that can be done the file is there with
/// its directory's ACL.
Result<void> Restore::setDescriptor(RemoteTree &remote, const ManifestEntry &entry,
                                    const std::string &name)
{
	auto done =
	        remote.setSecurityDescriptor(name, entry.securityDescriptor, DescriptorParts::All);
	if (done || done.error().kind == FailureKind::Unreachable)
		return done;
	auto alone = done.error().kind == FailureKind::Denied
	                     ? remote.setSecurityDescriptor(name, entry.securityDescriptor,
	                                                    DescriptorParts::Dacl)
	                     : done;
	if (!alone && alone.error().kind == FailureKind::Unreachable)
		return alone;
	if (alone) {
		auto has = remote.securityDescriptor(name);
		if (has && ownerAndGroup(*has) == ownerAndGroup(entry.securityDescriptor))
			return {};
	}
	run_.note({.kind = done.error().kind,
	           .step = fmt::format("give '{}' its {}", entry.path,
	                               alone ? "owner" : "owner and ACL"),
	           .reason = done.error().reason,
	           .advice = "its data were restored; set the rest by hand"});
	return {};
}

Result<void> Restore::whole(RemoteTree &remote, std::span<std::byte> buffer,
                            const ManifestEntry &entry)
{
	auto name = temporary(entry.path);
	auto sent = upload(remote, buffer, entry, name);
	Result<void> done;
	if (!sent)
		done = tl::unexpected(sent.error());
	else if (*sent != entry.checksum)
		done = failed({.kind = FailureKind::Refused,
		               .step = fmt::format("restore '{}'", entry.path),
		               .reason = "the copy's file has not its checksum any more",
		               .advice = "what the share has was left as it is"});
	else if (options_.verify) {
		auto back = remoteChecksum(remote, name, entry.size, buffer);
		if (!back)
			done = tl::unexpected(back.error());
		else if (*back != entry.checksum)
			done = failed({.kind = FailureKind::Refused,
			               .step = fmt::format("restore '{}'", entry.path),
			               .reason = "what was read back is not what was written",
			               .advice = "what the share has was left as it is"});
	}
	if (done)
		done = dress(remote, entry, name);
	if (done)
		done = remote.rename(name, entry.path);
	if (!done && done.error().kind != FailureKind::Unreachable)
		(void)remote.remove(name);
	return done;
}

void Restore::file(PatientTree &remote, std::span<std::byte> buffer, const ManifestEntry &entry)
{
	auto done = remote.call([&](RemoteTree &tree) { return whole(tree, buffer, entry); });
	if (!done)
		return run_.note(done.error());
	++run_.files;
	run_.bytes += entry.size;
}

void Restore::dressDirectories(PatientTree &remote)
{
	for (auto entry = directories_.rbegin(); entry != directories_.rend(); ++entry) {
		if (run_.stopping())
			return;
		auto done = remote.call(
		        [&](RemoteTree &tree) { return dress(tree, *entry, entry->path); });
		if (!done)
			run_.note(done.error());
	}
}

/// Each choice has to mean something.
Result<void> checkChosen(const std::vector<std::string> &chosen, const std::filesystem::path &copy)
{
	auto missing = chosen;
	auto done = Manifest::read(copy, [&](const ManifestEntry &entry) -> Result<void> {
		std::erase(missing, entry.path);
		return {};
	});
	if (done && !missing.empty())
		return failed({.kind = FailureKind::NotFound,
		               .step = fmt::format("restore '{}'", missing.front()),
		               .reason = fmt::format("the copy '{}' has no such file or directory",
		                                     copy.native()),
		               .advice = {}});
	return done;
}

} // namespace

Result<CopyReport> restoreToShare(const Connect &connect, const std::filesystem::path &copy,
                                  const RestoreOptions &options, const CopyWatch &watch,
                                  const Cancellation &cancellation)
{
	if (!Manifest::exists(copy))
		return failed({.kind = FailureKind::NotFound,
		               .step = fmt::format("restore from '{}'", copy.native()),
		               .reason = "no copy of smbshadow is there",
		               .advice = "name the directory that has .smbshadow in it"});
	auto tree = LocalTree::open(copy);
	if (!tree)
		return tl::unexpected(tree.error());
	if (auto done = checkChosen(options.chosen, copy); !done)
		return tl::unexpected(done.error());

	CopyRun run;
	Restore restore(*tree, options, run);
	PatientTree remote(connect, options.patience, run);
	restore.makeDirectories(remote, copy);
	ManifestWalk walk{.connect = connect,
	                  .connections = options.connections,
	                  .patience = options.patience,
	                  .watch = watch,
	                  .cancellation = cancellation};
	if (!run.stopping())
		if (auto done = walk.eachFile(
		            copy, run,
		            [&](const ManifestEntry &entry) {
			            return isChosen(options.chosen, entry.path);
		            },
		            [&](PatientTree &at, std::span<std::byte> buffer,
		                const ManifestEntry &entry) { restore.file(at, buffer, entry); });
		    !done)
			return tl::unexpected(done.error());
	restore.dressDirectories(remote);
	if (auto fatal = run.fatal())
		return tl::unexpected(*fatal);
	return CopyReport{.files = run.files,
	                  .directories = run.directories,
	                  .bytes = run.bytes,
	                  .failures = run.failures(),
	                  .failed = run.noted()};
}

} // namespace fss::requester
