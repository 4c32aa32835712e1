// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookRecord.h"

#include "base/Owner.h"
#include "provider/btrfs/BtrfsFs.h"
#include "provider/vfs/HookAnswer.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace fss {

namespace {

constexpr std::string_view armed = "armed ";
constexpr std::string_view called = "called";
constexpr std::string_view reported = "reported";
constexpr size_t longest = 65536;
constexpr std::chrono::milliseconds pause(20);

tl::unexpected<Error> failed(const char *step, const std::string &name, int errnum)
{
	return fail(HResult::Fail, fmt::format("{} the record of shadow copy {}", step, name),
	            errnum, "is Samba's state directory writable, and is there room?");
}

Result<Fd> openRecords(const std::string &path, bool make)
{
	if (make && mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return fail(HResult::Fail, fmt::format("make '{}'", path), errno);
	Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	struct stat info {};
	if (!fd && errno == ENOENT && !make)
		return fd;
	if (!fd || fstat(fd.get(), &info) != 0)
		return fail(HResult::Fail, fmt::format("open '{}'", path), errno);
	if (info.st_uid != geteuid() || (info.st_mode & 022) != 0)
		return fail(HResult::Fail, fmt::format("'{}'", path), EPERM,
		            "others may write to it: it has to be root's, mode 0700");
	return fd;
}

Result<std::string> contents(int fd, const std::string &name)
{
	std::string text;
	std::array<char, 4096> buffer{};
	for (;;) {
		const auto length =
		        pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
		if (length < 0)
			return failed("read", name, errno);
		if (length == 0 || text.size() > longest)
			return text;
		text.append(buffer.data(), static_cast<size_t>(length));
	}
}

// Whole lines; one that is torn counts as any other text that is not expected.
std::vector<std::string> linesOf(const std::string &text)
{
	std::vector<std::string> lines;
	for (size_t at = 0; at < text.size();) {
		const auto end = text.find('\n', at);
		lines.push_back(end == text.npos ? "" : text.substr(at, end - at));
		at = end == text.npos ? text.size() : end + 1;
	}
	return lines;
}

HookRecord::Outcome outcomeOf(const std::string &text)
{
	using State = HookRecord::State;
	const auto lines = linesOf(text);
	if (lines.empty())
		return {};
	if (lines.back() == reported)
		return {State::Reported};
	if (!lines[0].starts_with(armed) || (lines.size() > 1 && lines[1] != called))
		return {State::Unknown};
	// The line that says so need not be on disk.
	if (lines.size() == 1)
		return {lines[0].substr(armed.size()) == Owner::thisBoot() ? State::NotMade
		                                                           : State::Unknown};
	if (lines.size() != 3 || !isHookAnswer(lines[2]))
		return {State::Unknown};
	auto path = hookAnswer(lines[2]);
	return path ? HookRecord::Outcome{State::Made, std::move(*path)} : HookRecord::Outcome{};
}

bool isThere(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

} // namespace

Result<HookRecord> HookRecord::open(const std::string &directory, const CopyId &id, Time until)
{
	auto records = openRecords(directory, true);
	if (!records)
		return tl::unexpected(records.error());
	for (;;) {
		Fd file(openat(records->get(), id.text().c_str(),
		               O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
		if (!file)
			return failed("open", id.text(), errno);
		if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
			if (isThere(file.get()))
				return HookRecord(std::move(*records), std::move(file), id.text());
			continue; // another has removed it meanwhile
		}
		if (errno != EWOULDBLOCK)
			return failed("lock", id.text(), errno);
		if (std::chrono::steady_clock::now() >= until)
			return fail(HResult::Fail,
			            fmt::format("wait for the snapshot hook of shadow copy {}",
			                        id.text()),
			            EBUSY, "a VFS module takes long, see log.fss_snap_helper");
		std::this_thread::sleep_for(pause);
	}
}

Result<HookRecord::Outcome> HookRecord::look(const std::string &directory, const CopyId &id)
{
	auto records = openRecords(directory, false);
	if (!records)
		return tl::unexpected(records.error());
	if (!*records)
		return Outcome{};
	const Fd file(openat(records->get(), id.text().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
	if (!file && errno == ENOENT)
		return Outcome{};
	if (!file)
		return failed("open", id.text(), errno);
	return contents(file.get(), id.text()).map(outcomeOf);
}

Result<std::vector<CopyId>> HookRecord::list(const std::string &directory)
{
	std::vector<CopyId> ids;
	auto records = openRecords(directory, false);
	if (!records || !*records)
		return records.map([&](const Fd &) { return ids; });
	return btrfs::namesIn(records->get()).map([&](const auto &names) {
		for (const auto &name : names)
			if (const auto id = CopyId::parse(name))
				ids.push_back(*id);
		return ids;
	});
}

Result<HookRecord::Outcome> HookRecord::outcome() const
{
	return contents(file_.get(), name_).map(outcomeOf);
}

Result<void> HookRecord::arm()
{
	const auto line = fmt::format("{}{}\n", armed, Owner::thisBoot());
	if (ftruncate(file_.get(), 0) != 0 ||
	    write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
	    fsync(file_.get()) != 0 || fsync(directory_.get()) != 0)
		return failed("write", name_, errno);
	return {};
}

Result<void> HookRecord::setReported()
{
	const auto line = fmt::format("\n{}\n", reported);
	if (write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
		return failed("write", name_, errno);
	return {};
}

Result<void> HookRecord::remove()
{
	if (unlinkat(directory_.get(), name_.c_str(), 0) != 0 && errno != ENOENT)
		return failed("remove", name_, errno);
	return {};
}

} // namespace fss
