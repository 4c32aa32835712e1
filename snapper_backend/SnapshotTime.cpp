// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/SnapshotTime.h"

#include "base/Cause.h"
#include "base/Clock.h"
#include "provider/btrfs/CopyTime.h"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <sys/xattr.h>

namespace fss::snapper {

namespace {

// Root's. Its value is the seconds.
constexpr const char *attribute = "trusted.fss.time";

Result<std::set<int64_t>> timesBeside(const SnapperStore &store, uint32_t number)
{
	auto numbers = store.numbers();
	if (!numbers)
		return tl::unexpected(numbers.error());
	std::set<int64_t> times;
	for (const auto other : *numbers) {
		const auto entry = store.entry(other);
		if (other == number || !entry || !entry->directory)
			continue;
		if (const auto noted = notedTime(entry->directory.get()))
			times.insert(*noted);
		else if (entry->date)
			times.insert(*entry->date);
	}
	return times;
}

} // namespace

std::optional<int64_t> notedTime(int directory)
{
	std::array<char, 32> value{};
	const auto length = fgetxattr(directory, attribute, value.data(), value.size());
	if (length <= 0)
		return std::nullopt;
	int64_t seconds = 0;
	const auto *last = value.data() + length;
	const auto [end, error] = std::from_chars(value.data(), last, seconds);
	return error == std::errc() && end == last ? std::optional(seconds) : std::nullopt;
}

Result<void> noteTime(int directory, int64_t seconds)
{
	const auto value = fmt::to_string(seconds);
	if (fsetxattr(directory, attribute, value.data(), value.size(), XATTR_CREATE) != 0)
		return failed(Operation::Create, "note a snapshot's time in its directory", errno);
	return {};
}

Result<int64_t> reserveTime(const SnapperStore &store, const Entry &entry, int64_t created)
{
	const auto wanted = unixSeconds(created);
	const auto fileTime = [&](int64_t seconds) {
		return created + fileTimeOf(seconds) - fileTimeOf(wanted);
	};
	// Others may be at it for the same volume. The lock goes with the descriptor.
	const Fd directory(openat(store.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (auto locked = btrfs::lockStore(directory.get()); !locked)
		return tl::unexpected(locked.error());
	if (const auto has = notedTime(entry.directory.get()))
		return fileTime(*has);
	auto taken = timesBeside(store, entry.number);
	if (!taken)
		return tl::unexpected(taken.error());
	auto seconds = wanted;
	while (taken->contains(seconds))
		seconds++;
	if (auto noted = noteTime(entry.directory.get(), seconds); !noted)
		return tl::unexpected(noted.error());
	return fileTime(seconds);
}

} // namespace fss::snapper
