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

// Others need it for milliseconds. But an administrator's store may be one that
// users can open, and so lock for as long as they like.
bool lockSoon(int store)
{
	constexpr std::chrono::seconds patience(10);
	const auto end = std::chrono::steady_clock::now() + patience;
	while (flock(store, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= end)
			return false;
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
	return true;
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
	if (!store || !lockSoon(store.get()))
		return fail(HResult::Fail, "lock the snapshot store", errno,
		            "a process holds its lock; let only root read it: chmod 0711");
	auto taken = timesIn(store.get(), volume);
	if (!taken)
		return tl::unexpected(taken.error());
	auto seconds = wanted;
	while (taken->contains(seconds))
		seconds++;
	const auto value = fmt::format("{} {}", seconds, volume);
	if (fsetxattr(directory, attribute, value.data(), value.size(), 0) != 0)
		return fail(HResult::Fail, "note a shadow copy's time in its directory", errno);
	return fileTime(seconds);
}

} // namespace fss::btrfs
