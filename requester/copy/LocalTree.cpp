// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/copy/LocalTree.h"

#include "requester/copy/Checksum.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fss::requester {

namespace {

constexpr size_t NameBytes = 255; // NAME_MAX of Linux' file systems
constexpr const char *PartialFolder = "partial";

timespec toTimespec(Nanoseconds time)
{
	auto seconds = time / 1'000'000'000;
	auto rest = time % 1'000'000'000;
	if (rest < 0) {
		--seconds;
		rest += 1'000'000'000;
	}
	return {.tv_sec = seconds, .tv_nsec = rest};
}

std::string shortened(const std::string &name)
{
	auto tail = "~" + Checksum::of(std::string_view(name)).text().substr(0, 16);
	auto length = std::min(name.size(), NameBytes - tail.size());
	while (length > 0 && length < name.size() &&
	       (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80)
		--length; // not within a character
	return name.substr(0, length) + tail;
}

Result<Fd> entered(int at, const char *name, bool make)
{
	constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	Fd fd(openat(at, name, flags));
	if (!fd && errno == ENOENT && make) {
		if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
			return localFailure(fmt::format("make directory '{}'", name), errno);
		fd = Fd(openat(at, name, flags));
	}
	if (!fd)
		return localFailure(fmt::format("enter directory '{}'", name), errno);
	return fd;
}

} // namespace

tl::unexpected<Failure> localFailure(std::string step, int error)
{
	Failure failure{.kind = FailureKind::Local,
	                .step = std::move(step),
	                .reason = strerror(error),
	                .advice = {}};
	if (error == ENOSPC || error == EDQUOT)
		failure.advice = "the disk is full: make room and run the same command again, it "
		                 "goes on where it stopped";
	else if (error == ELOOP || error == ENOTDIR)
		failure.advice = "something else than a directory is in the way, and links are not "
		                 "followed: remove it or choose another destination";
	return tl::unexpected(std::move(failure));
}

std::optional<std::string> localName(const std::string &directory, const std::string &name)
{
	if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
	    name.find('\0') != std::string::npos)
		return std::nullopt;
	if (name.size() > NameBytes || (directory.empty() && name == StateFolder))
		return shortened(name);
	return name;
}

std::optional<std::string> localPath(const std::string &path)
{
	std::string result;
	size_t begin = 0;
	while (begin < path.size()) {
		auto end = std::min(path.find('/', begin), path.size());
		auto name = localName(result, path.substr(begin, end - begin));
		if (!name)
			return std::nullopt;
		result = joined(result, *name);
		begin = end + 1;
	}
	return result;
}

std::pair<std::string, std::string> parentAndName(const std::string &path)
{
	auto slash = path.rfind('/');
	return slash == std::string::npos
	               ? std::pair<std::string, std::string>("", path)
	               : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

Result<LocalTree> LocalTree::open(const std::filesystem::path &top)
{
	LocalTree tree;
	tree.path_ = top;
	tree.top_ = Fd(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!tree.top_)
		return localFailure(fmt::format("open '{}'", top.native()), errno);
	return tree;
}

Result<void> makeFolder(const std::filesystem::path &path)
{
	if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return localFailure(fmt::format("make directory '{}'", path.native()), errno);
	return {};
}

Result<LocalTree> LocalTree::make(const std::filesystem::path &top)
{
	if (auto made = makeFolder(top); !made)
		return tl::unexpected(made.error());
	auto tree = open(top);
	if (!tree)
		return tree;
	auto state = entered(tree->top_.get(), std::string(StateFolder).c_str(), true);
	if (!state)
		return tl::unexpected(state.error());
	tree->state_ = std::move(*state);
	auto partial = entered(tree->state_.get(), PartialFolder, true);
	if (!partial)
		return tl::unexpected(partial.error());
	tree->partial_ = std::move(*partial);
	return tree;
}

Result<Fd> LocalTree::directory(const std::string &path, bool make) const
{
	Fd at(openat(top_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!at)
		return localFailure(fmt::format("enter '{}'", path_.native()), errno);
	size_t begin = 0;
	while (begin < path.size()) {
		auto end = std::min(path.find('/', begin), path.size());
		auto next = entered(at.get(), path.substr(begin, end - begin).c_str(), make);
		if (!next) {
			next.error().step += fmt::format(" in '{}'", (path_ / path).native());
			return next;
		}
		at = std::move(*next);
		begin = end + 1;
	}
	return at;
}

Result<Fd> LocalTree::openFile(const std::string &path) const
{
	auto [parent, name] = parentAndName(path);
	auto at = directory(parent);
	if (!at)
		return at;
	Fd fd(openat(at->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
	struct stat status {};
	if (!fd || fstat(fd.get(), &status) != 0)
		return localFailure(fmt::format("open '{}'", (path_ / path).native()), errno);
	if (!S_ISREG(status.st_mode))
		return localFailure(fmt::format("open '{}'", (path_ / path).native()), EINVAL);
	return fd;
}

Result<Fd> LocalTree::newPartial(const std::string &name) const
{
	unlinkat(partial_.get(), name.c_str(), 0);
	Fd fd(openat(partial_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (!fd)
		return localFailure(fmt::format("make a file in '{}'", path_.native()), errno);
	return fd;
}

std::optional<Fd> LocalTree::oldPartial(const std::string &name) const
{
	Fd fd(openat(partial_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
	return fd ? std::optional(std::move(fd)) : std::nullopt;
}

void LocalTree::dropPartial(const std::string &name) const
{
	unlinkat(partial_.get(), name.c_str(), 0);
}

std::vector<std::string> LocalTree::partials() const
{
	std::vector<std::string> names;
	auto fd = openat(partial_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto *directory = fd < 0 ? nullptr : fdopendir(fd);
	if (!directory)
		return names;
	while (const auto *entry = readdir(directory))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			names.emplace_back(entry->d_name);
	closedir(directory);
	return names;
}

Result<void> LocalTree::publish(const std::string &partial, const Fd &file, const FileTimes &times,
                                const std::string &path) const
{
	const timespec values[2] = {toTimespec(times.accessed), toTimespec(times.written)};
	auto [parent, name] = parentAndName(path);
	auto step = [&] { return fmt::format("finish '{}'", (path_ / path).native()); };
	if (futimens(file.get(), values) != 0)
		return localFailure(step(), errno);
	auto at = directory(parent, true);
	if (!at)
		return tl::unexpected(at.error());
	if (renameat(partial_.get(), partial.c_str(), at->get(), name.c_str()) != 0)
		return localFailure(step(), errno);
	return {};
}

Result<void> LocalTree::setDirectoryTimes(const std::string &path, const FileTimes &times) const
{
	const timespec values[2] = {toTimespec(times.accessed), toTimespec(times.written)};
	auto fd = directory(path);
	if (!fd)
		return tl::unexpected(fd.error());
	if (futimens(fd->get(), values) != 0)
		return localFailure(fmt::format("set times of '{}'", (path_ / path).native()),
		                    errno);
	return {};
}

std::optional<LocalTree::Seen> LocalTree::look(const std::string &path) const
{
	auto [parent, name] = parentAndName(path);
	auto at = directory(parent);
	struct stat status {};
	if (!at || fstatat(at->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode))
		return std::nullopt;
	return Seen{.size = static_cast<uint64_t>(status.st_size),
	            .written = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

Result<void> LocalTree::sync() const
{
	if (syncfs(top_.get()) != 0)
		return localFailure(fmt::format("write '{}' to the disk", path_.native()), errno);
	return {};
}

} // namespace fss::requester
