// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/btrfs/SnapshotSeal.h"

#include "provider/btrfs/BtrfsFs.h"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <optional>
#include <sys/xattr.h>
#include <unistd.h>

namespace fss::btrfs {

namespace {

// Root's, as all of the store. Its value is "UUID CHANGED": the transaction of the
// snapshot's latest change of content.
constexpr const char *attribute = "trusted.fss.sealed";

struct State {
	std::string uuid;
	uint64_t changed = 0;
	bool readOnly = false;

	std::string seal() const { return fmt::format("{} {}", uuid, changed); }
};

Result<State> stateOf(int root, const std::string &path)
{
	struct btrfs_util_subvolume_info info {};
	State state;
	auto error = btrfs_util_subvolume_info_fd(root, 0, &info);
	if (error == BTRFS_UTIL_OK)
		error = btrfs_util_get_subvolume_read_only_fd(root, &state.readOnly);
	if (error != BTRFS_UTIL_OK)
		return failure(Operation::Examine, fmt::format("'{}'", path), error);
	state.uuid = uuidText(info.uuid);
	state.changed = info.ctransid;
	return state;
}

std::optional<std::string> sealIn(int holder)
{
	std::array<char, 128> value{};
	const auto length = fgetxattr(holder, attribute, value.data(), value.size());
	if (length < 0)
		return std::nullopt;
	return std::string(value.data(), static_cast<size_t>(length));
}

} // namespace

Result<void> settle(int root)
{
	constexpr int attempts = 10;
	uint64_t before = 0;
	for (int attempt = 0; attempt < attempts; attempt++) {
		if (syncfs(root) != 0)
			return failed(Operation::Examine, "write out a snapshot", errno);
		const auto state = stateOf(root, "snapshot");
		if (!state)
			return tl::unexpected(state.error());
		if (state->changed == before)
			return {};
		before = state->changed;
	}
	return {};
}

Result<void> noteSeal(int holder, int root)
{
	const auto state = stateOf(root, "snapshot");
	if (!state)
		return tl::unexpected(state.error());
	const auto seal = state->seal();
	if (fsetxattr(holder, attribute, seal.data(), seal.size(), 0) != 0)
		return failed(Operation::Create, "note that a snapshot is finished", errno);
	return {};
}

Result<void> checkSnapshot(int holder, int root, const std::string &uuid, const std::string &path)
{
	const auto state = stateOf(root, path);
	if (!state)
		return tl::unexpected(state.error());
	if (!uuid.empty() && state->uuid != uuid)
		return fail(HResult::Fail, fmt::format("'{}'", path), ESTALE,
		            "another subvolume stands in the snapshot's place; remove it by hand");
	const auto seal = sealIn(holder);
	if (!seal)
		return {};
	const auto advice = "somebody with root's rights did that; delete the shadow copy";
	if (!state->readOnly)
		return fail(HResult::Fail, fmt::format("'{}' is not read-only any more", path),
		            EBADMSG, advice);
	if (*seal != state->seal())
		return fail(HResult::Fail,
		            fmt::format("'{}' was changed after it was finished", path), EBADMSG,
		            advice);
	return {};
}

} // namespace fss::btrfs
