// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/ExposedSnapshot.h"

#include "protocol/Names.h"
#include "provider/btrfs/SnapshotStore.h"
#include "snapper_backend/SnapperStore.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fss::snapper {

Result<std::optional<ExposedSnapshot>> ExposedSnapshot::open(const std::string &service,
                                                             const std::string &path)
{
	const auto name = ExposedName::parse(service);
	const auto place = snapperPlaceOf(path);
	if (!name || !place)
		return std::nullopt;
	const auto gone = [&](int errnum) {
		return fail(HResult::Fail, fmt::format("open the shadow copy at '{}'", path),
		            errnum,
		            "its snapshot was deleted with snapper; the agent removes the share");
	};
	const Fd volume(::open(place->volume.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!volume)
		return gone(errno);
	auto store = SnapperStore::open(volume.get());
	if (!store)
		return tl::unexpected(store.error());
	if (!*store)
		return gone(ENOENT);
	auto entry = (*store)->entry(place->number);
	if (!entry)
		return tl::unexpected(entry.error());
	if (!entry->snapshot)
		return gone(ENOENT);
	// Snapper gives a number anew.
	if (!isMarked(entry->snapshot.get(), name->copy))
		return gone(ESTALE);
	auto root = path;
	if (!place->below.empty())
		root.resize(path.size() - place->below.size() - 1);
	while (root.ends_with('/'))
		root.pop_back();
	return ExposedSnapshot(std::move(entry->snapshot), std::move(root), place->volume);
}

bool ExposedSnapshot::holds(std::string_view path) const
{
	return path.starts_with(path_) &&
	       (path.size() == path_.size() || path[path_.size()] == '/');
}

Fd ExposedSnapshot::openInside(std::string_view path, uint64_t flags) const
{
	if (faccessat(AT_FDCWD, volume_.c_str(), X_OK, AT_EACCESS) != 0)
		return Fd();
	auto below = path.substr(path_.size());
	below.remove_prefix(std::min(below.find_first_not_of('/'), below.size()));
	open_how how{};
	how.flags = flags | O_PATH | O_CLOEXEC;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	const auto name = below.empty() ? std::string(".") : std::string(below);
	return Fd(static_cast<int>(
	        syscall(SYS_openat2, root_.get(), name.c_str(), &how, sizeof(how))));
}

int ExposedSnapshot::changeTo(std::string_view path) const
{
	const auto directory = openInside(path, O_DIRECTORY);
	return directory && fchdir(directory.get()) == 0 ? 0 : errno;
}

Fd ExposedSnapshot::resolve(const std::string &path) const
{
	if (!path.starts_with('/'))
		return Fd(openat(AT_FDCWD, path.c_str(), O_PATH | O_CLOEXEC));
	if (holds(path))
		return openInside(path, 0);
	errno = EXDEV;
	return Fd();
}

} // namespace fss::snapper
