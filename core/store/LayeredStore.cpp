// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/LayeredStore.h"

#include <charconv>
#include <map>
#include <vector>

namespace fss {

namespace {

// In working: the generation of disk that it knows, and the keys that disk has
// not got yet. On disk: its generation and the keys of its last transaction.
const std::string knownKey = "layer/known";
const std::string unwrittenKey = "layer/unwritten";
const std::string lastKey = "layer/last";

bool isOwn(std::string_view key)
{
	return key.starts_with("layer/");
}

// A number, and a line for each key.
std::string encode(uint64_t generation, const std::set<std::string> &keys)
{
	auto text = std::to_string(generation);
	for (const auto &key : keys)
		text += "\n" + key;
	return text;
}

struct Decoded {
	uint64_t generation = 0;
	std::set<std::string> keys;
};

// What is damaged reads as generation 0 with the keys that can be read.
Decoded decode(const std::optional<std::string> &text)
{
	Decoded out;
	if (!text)
		return out;
	std::string_view rest = *text;
	const auto line = rest.substr(0, rest.find('\n'));
	std::from_chars(line.data(), line.data() + line.size(), out.generation);
	while (rest.find('\n') != rest.npos) {
		rest.remove_prefix(rest.find('\n') + 1);
		out.keys.emplace(rest.substr(0, rest.find('\n')));
	}
	return out;
}

} // namespace

Result<void> LayeredStore::begin()
{
	changed_.clear();
	if (auto begun = working_.begin(); !begun)
		return begun;
	auto caughtUp = catchUp();
	if (!caughtUp)
		working_.cancel();
	return caughtUp;
}

Result<void> LayeredStore::catchUp()
{
	const auto known = working_.fetch(knownKey);
	if (!known)
		return tl::unexpected(known.error());
	const auto last = disk_.fetch(lastKey);
	if (!last)
		return tl::unexpected(last.error());
	const auto onDisk = decode(*last);
	generation_ = decode(*known).generation;
	if (!*known)
		return load(onDisk.generation);
	if (generation_ != onDisk.generation)
		return follow(onDisk.keys, onDisk.generation);
	return {};
}

Result<void> LayeredStore::load(uint64_t generation)
{
	std::map<std::string, std::string> records;
	auto read = disk_.each([&](std::string_view key, std::string_view value) {
		if (!isOwn(key))
			records.emplace(key, value);
	});
	if (!read)
		return read;
	for (const auto &[key, value] : records)
		if (auto stored = working_.put(key, value); !stored)
			return stored;
	generation_ = generation;
	return working_.put(knownKey, encode(generation, {}));
}

Result<void> LayeredStore::follow(const Keys &keys, uint64_t generation)
{
	for (const auto &key : keys) {
		auto value = disk_.fetch(key);
		if (!value)
			return tl::unexpected(value.error());
		auto done = *value ? working_.put(key, **value) : working_.erase(key);
		if (!done)
			return done;
	}
	generation_ = generation;
	return working_.erase(unwrittenKey).and_then([&] {
		return working_.put(knownKey, encode(generation, {}));
	});
}

Result<LayeredStore::Keys> LayeredStore::unwritten()
{
	const auto stored = working_.fetch(unwrittenKey);
	if (!stored)
		return tl::unexpected(stored.error());
	auto keys = decode(*stored).keys;
	keys.insert(changed_.begin(), changed_.end());
	return keys;
}

Result<void> LayeredStore::noteUnwritten()
{
	auto keys = unwritten();
	if (!keys)
		return tl::unexpected(keys.error());
	return working_.put(unwrittenKey, encode(0, *keys));
}

Result<void> LayeredStore::writeToDisk()
{
	const auto keys = unwritten();
	if (!keys)
		return tl::unexpected(keys.error());
	if (keys->empty())
		return {};
	if (auto begun = disk_.begin(); !begun)
		return begun;
	const auto write = [&]() -> Result<void> {
		for (const auto &key : *keys) {
			auto value = working_.fetch(key);
			if (!value)
				return tl::unexpected(value.error());
			auto done = *value ? disk_.put(key, **value) : disk_.erase(key);
			if (!done)
				return done;
		}
		return disk_.put(lastKey, encode(generation_ + 1, *keys))
		        .and_then([&] { return working_.erase(unwrittenKey); })
		        .and_then([&] {
			        return working_.put(knownKey, encode(generation_ + 1, {}));
		        });
	};
	if (auto written = write(); !written) {
		disk_.cancel();
		return written;
	}
	return disk_.commit(Durability::Disk);
}

Result<void> LayeredStore::commit(Durability durability)
{
	if (changed_.empty() && durability == Durability::ThisBoot)
		return working_.commit(durability);
	auto done = durability == Durability::Disk ? writeToDisk() : noteUnwritten();
	if (!done) {
		working_.cancel();
		return done;
	}
	return working_.commit(durability);
}

void LayeredStore::cancel()
{
	working_.cancel();
}

Result<std::optional<std::string>> LayeredStore::fetch(const std::string &key)
{
	return working_.fetch(key);
}

Result<void> LayeredStore::put(const std::string &key, std::string_view value)
{
	changed_.insert(key);
	return working_.put(key, value);
}

Result<void> LayeredStore::erase(const std::string &key)
{
	changed_.insert(key);
	return working_.erase(key);
}

Result<void>
LayeredStore::each(const std::function<void(std::string_view key, std::string_view value)> &fn)
{
	return working_.each([&](std::string_view key, std::string_view value) {
		if (!isOwn(key))
			fn(key, value);
	});
}

} // namespace fss
