// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapper_backend/Replies.h"

#include "snapper_backend/Encoding.h"

#include <cerrno>
#include <fmt/format.h>
#include <set>

namespace fss::snapper {

namespace {

// Snapper's single, pre and post.
constexpr uint16_t lastType = 2;

tl::unexpected<Error> broken(const std::string &what)
{
	return fail(HResult::Fail, fmt::format("understand snapperd's answer: {}", what), EBADMSG,
	            "is it snapper's own, of version 0.8 or later?");
}

bool isName(const std::optional<std::string> &name)
{
	return name && !name->empty() && name->find('/') == name->npos;
}

} // namespace

Result<std::vector<Config>> readConfigs(const std::vector<WireConfig> &reply)
{
	std::vector<Config> configs;
	std::set<std::string> names;
	for (const auto &[wireName, wireSubvolume, settings] : reply) {
		auto name = decode(wireName);
		auto subvolume = decode(wireSubvolume);
		if (!isName(name) || !names.insert(*name).second)
			return broken(
			        fmt::format("the configuration's name '{}'", encode(wireName)));
		if (!subvolume || !subvolume->starts_with('/'))
			return broken(
			        fmt::format("the subvolume of configuration {}", encode(*name)));
		configs.push_back({std::move(*name), std::move(*subvolume)});
	}
	return configs;
}

Result<std::vector<Snapshot>> readSnapshots(const std::vector<WireSnapshot> &reply)
{
	std::vector<Snapshot> snapshots;
	std::set<uint32_t> numbers;
	for (const auto &[number, type, previous, date, uid, description, cleanup, data] : reply) {
		if (type > lastType || !numbers.insert(number).second)
			return broken(fmt::format("snapshot {} of type {}", number, type));
		Snapshot snapshot;
		snapshot.number = number;
		snapshot.date = date;
		auto text = decode(description);
		if (!text || !decode(cleanup))
			return broken(fmt::format("the description of snapshot {}", number));
		snapshot.description = std::move(*text);
		for (const auto &[key, value] : data) {
			auto keyText = decode(key);
			auto valueText = decode(value);
			if (!keyText || !valueText ||
			    !snapshot.userData.emplace(std::move(*keyText), std::move(*valueText))
			             .second)
				return broken(fmt::format("the user data of snapshot {}", number));
		}
		if (number != 0)
			snapshots.push_back(std::move(snapshot));
	}
	return snapshots;
}

} // namespace fss::snapper
