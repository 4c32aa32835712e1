// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/CopyTime.h"

#include "base/Clock.h"
#include "base/Guid.h"
#include "provider/btrfs/BtrfsFs.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <string_view>
#include <sys/file.h>
#include <sys/xattr.h>
#include <thread>

namespace fss::btrfs {

namespace {

// Root's, as all of the store. Its value is "SECONDS VOLUME".
constexpr const char *attribute = "trusted.fss.time";

std::optional<int64_t> parse(std::string_view value, const VolumeId &volume)
{
	int64_t seconds = 0;
	const auto [end, error] =
	        std::from_chars(value.data(), value.data() + value.size(), seconds);
	if (error != std::errc() ||
	    std::string_view(end, value.data() + value.size()) != " " + volume)
		return std::nullopt;
	return seconds;
}

std::optional<int64_t> timeAt(const std::string &path, const VolumeId &volume)
{
	std::array<char, 256> value{};
	const auto length = lgetxattr(path.c_str(), attribute, value.data(), value.size());
	if (length < 0)
		return std::nullopt;
	return parse(std::string_view(value.data(), static_cast<size_t>(length)), volume);
}

Result<std::set<int64_t>> timesIn(int store, const VolumeId &volume)
{
	auto names = namesIn(store);
	if (!names)
		return tl::unexpected(names.error());
	std::set<int64_t> times;
	for (const auto &name : *names)
		if (const auto time = timeOf(store, name, volume))
			times.insert(*time);
	return times;
}

} // namespace

std::optional<int64_t> timeOf(int store, const std::string &name, const VolumeId &volume)
{
	if (!CopyId::parse(name))
		return std::nullopt;
	return timeAt(fmt::format("/proc/self/fd/{}/{}", store, name), volume);
}

// It is kept for some milliseconds, but a user who may read the directory could
// have it without end.
Result<void> lockStore(int store)
{
	constexpr std::chrono::milliseconds pause(10);
	constexpr int attempts = 1000;
	for (int attempt = 1; flock(store, LOCK_EX | LOCK_NB) != 0; attempt++) {
		if (errno != EWOULDBLOCK || attempt == attempts)
			return fail(HResult::Fail, "lock the snapshot store", errno,
			            "users must not be able to read it: chmod 0700; fuser -v names "
			            "who has it open");
		std::this_thread::sleep_for(pause);
	}
	return {};
}

Result<int64_t> reserveTime(int directory, const VolumeId &volume, int64_t created)
{
	const auto wanted = unixSeconds(created);
	const auto fileTime = [&](int64_t seconds) {
		return created + fileTimeOf(seconds) - fileTimeOf(wanted);
	};
	if (const auto has = timeAt(fmt::format("/proc/self/fd/{}/.", directory), volume))
		return fileTime(*has);
	// Others may be at it for the same volume. The lock goes with the descriptor.
	const Fd store(openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!store)
		return failed(Operation::Examine, "open the snapshot store", errno);
	if (auto locked = lockStore(store.get()); !locked)
		return tl::unexpected(locked.error());
	auto taken = timesIn(store.get(), volume);
	if (!taken)
		return tl::unexpected(taken.error());
	auto seconds = wanted;
	while (taken->contains(seconds))
		seconds++;
	const auto value = fmt::format("{} {}", seconds, volume);
	if (fsetxattr(directory, attribute, value.data(), value.size(), 0) != 0)
		return failed(Operation::Create, "note a shadow copy's time in its directory",
		              errno);
	return fileTime(seconds);
}

} // namespace fss::btrfs
