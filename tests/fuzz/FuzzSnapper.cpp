// SPDX-License-Identifier: GPL-3.0-or-later
/// What a hostile snapperd may answer: any texts and numbers of the wire's types;
/// and what may stand in a damaged info.xml.
#include "snapper_backend/Encoding.h"
#include "snapper_backend/Replies.h"
#include "snapper_backend/SnapshotInfo.h"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <set>

namespace {

using namespace fss::snapper;

constexpr size_t longest = 64;

void require(bool held)
{
	if (!held)
		std::abort();
}

UserData settings(FuzzedDataProvider &data)
{
	UserData out;
	for (int left = data.ConsumeIntegralInRange(0, 4); left > 0; left--) {
		auto key = data.ConsumeRandomLengthString(longest);
		out[key] = data.ConsumeRandomLengthString(longest);
	}
	return out;
}

WireSnapshot snapshot(FuzzedDataProvider &data)
{
	const auto number = data.ConsumeIntegral<uint32_t>();
	const auto type = data.ConsumeIntegralInRange<uint16_t>(0, 3);
	const auto date = data.ConsumeIntegral<int64_t>();
	auto description = data.ConsumeRandomLengthString(longest);
	auto cleanup = data.ConsumeRandomLengthString(longest);
	return {number,        type, 0, date, 0, std::move(description), std::move(cleanup),
	        settings(data)};
}

void tryText(const std::string &text)
{
	// Whatever bytes there are get through, and what is read is writable again.
	if (text.find('\0') == text.npos)
		require(decode(encode(text)) == text);
	if (const auto bytes = decode(text)) {
		require(bytes->find('\0') == bytes->npos);
		require(decode(encode(*bytes)) == *bytes);
	}
	(void)readInfo(text);
	if (const auto info = readInfo("<snapshot><date>" + text + "</snapshot>"))
		require(!info->date || *info->date >= 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	FuzzedDataProvider data(bytes, size);
	tryText(data.ConsumeRandomLengthString(4 * longest));

	std::vector<WireConfig> configs;
	for (int left = data.ConsumeIntegralInRange(0, 4); left > 0; left--) {
		auto name = data.ConsumeRandomLengthString(longest);
		auto subvolume = data.ConsumeRandomLengthString(longest);
		configs.emplace_back(std::move(name), std::move(subvolume), settings(data));
	}
	if (const auto read = readConfigs(configs)) {
		require(read->size() == configs.size());
		for (const auto &config : *read) {
			require(!config.name.empty() && config.subvolume.front() == '/');
			require((config.name + config.subvolume).find('\0') == std::string::npos);
		}
	}

	std::vector<WireSnapshot> snapshots;
	for (int left = data.ConsumeIntegralInRange(0, 4); left > 0; left--)
		snapshots.push_back(snapshot(data));
	if (const auto read = readSnapshots(snapshots)) {
		std::set<uint32_t> numbers;
		for (const auto &each : *read)
			require(each.number != 0 && numbers.insert(each.number).second);
	}
	return 0;
}
