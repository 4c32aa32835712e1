// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/catalog/AtomicFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace fss::requester {

namespace filesystem = std::filesystem;

namespace {

tl::unexpected<Failure> systemFailure(std::string_view what, const filesystem::path &path,
                                      int error)
{
	return failed({.kind = FailureKind::Local,
	               .step = fmt::format("{} '{}'", what, path.string()),
	               .reason = std::strerror(error)});
}

Result<void> makeDirectoryOf(const filesystem::path &file)
{
	std::error_code error;
	const filesystem::path directory = file.parent_path();
	if (directory.empty() || filesystem::is_directory(directory, error))
		return {};
	if (filesystem::create_directories(directory, error))
		filesystem::permissions(directory, filesystem::perms::owner_all, error);
	if (error)
		return systemFailure("make the directory", directory, error.value());
	return {};
}

bool writeAll(int fd, std::string_view text)
{
	while (!text.empty()) {
		const ssize_t written = write(fd, text.data(), text.size());
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		text.remove_prefix(static_cast<size_t>(written));
	}
	return true;
}

} // namespace

Result<std::string> readFile(const filesystem::path &file)
{
	const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
	if (!fd)
		return errno == ENOENT ? Result<std::string>("")
		                       : systemFailure("open", file, errno);
	std::string text;
	char buffer[65536];
	for (;;) {
		const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return systemFailure("read", file, errno);
		if (got == 0)
			return text;
		text.append(buffer, static_cast<size_t>(got));
	}
}

Result<void> replaceFile(const filesystem::path &file, const std::string &text)
{
	if (auto made = makeDirectoryOf(file); !made)
		return made;
	std::string temporary = file.string() + ".XXXXXX";
	Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
	if (!fd)
		return systemFailure("make", temporary, errno);
	const bool stored = writeAll(fd.get(), text) && fsync(fd.get()) == 0 &&
	                    rename(temporary.c_str(), file.c_str()) == 0;
	if (!stored) {
		const int error = errno;
		unlink(temporary.c_str());
		return systemFailure("write", file, error);
	}
	const filesystem::path directory =
	        file.has_parent_path() ? file.parent_path() : filesystem::path(".");
	const Fd parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!parent || fsync(parent.get()) != 0)
		return systemFailure("sync the directory", directory, errno);
	return {};
}

Result<FileLock> FileLock::take(const filesystem::path &file)
{
	if (auto made = makeDirectoryOf(file); !made)
		return failed(made.error());
	const filesystem::path path = file.string() + ".lock";
	Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (!fd)
		return systemFailure("open", path, errno);
	while (flock(fd.get(), LOCK_EX) != 0)
		if (errno != EINTR)
			return systemFailure("lock", path, errno);
	return FileLock(std::move(fd));
}

} // namespace fss::requester
