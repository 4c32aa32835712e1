// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Journal.h"

#include "protocol/Names.h"
#include "store/Record.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>

namespace fss {

namespace {

const std::string stateKey = "state";
const std::string countersKey = "counters";
const std::string setPrefix = "set/";
const std::string volumePrefix = "volume/";
const std::string sharePrefix = "share/";
const std::string damagedPrefix = "damaged/";

std::string keyOf(const SetId &id)
{
	return setPrefix + id.text();
}

std::map<VolumeId, VolumeUse> useOf(const ShadowCopySet *set)
{
	std::map<VolumeId, VolumeUse> use;
	if (set == nullptr)
		return use;
	for (const auto &copy : set->copies) {
		if (!set->isCounted(copy))
			continue;
		auto &entry = use[copy.volume.id];
		entry.copies++;
		if (set->holdsSnapshots())
			entry.shadowed++;
	}
	return use;
}

bool isFinished(const ShadowCopySet *set)
{
	return set != nullptr && set->status == Status::Recovered;
}

// Whether a shadow copy that stays lost a mapping.
bool lostMapping(const ShadowCopySet &before, const ShadowCopySet &after)
{
	for (const auto &copy : after.copies)
		for (const auto &was : before.copies)
			if (was.id == copy.id && was.mappings.size() > copy.mappings.size())
				return true;
	return false;
}

// What a client is told of a finished set is on disk, and a set is from the
// moment it may hold something. How far an unfinished one has come need not be:
// it is undone when the machine comes up again. Nor need it be that snapshots
// are gone: they say so themselves then.
Durability durabilityOf(const ShadowCopySet *before, const ShadowCopySet *after)
{
	if (after == nullptr)
		return Durability::ThisBoot;
	const bool begins = after->onDisk && (before == nullptr || !before->onDisk);
	const bool finishes = isFinished(after) && !isFinished(before);
	if (begins || finishes || (isFinished(after) && lostMapping(*before, *after)))
		return Durability::Disk;
	return Durability::ThisBoot;
}

void listAttention(ServerState &state, const SetId &id, bool needed)
{
	auto found = std::find(state.attention.begin(), state.attention.end(), id);
	if (needed && found == state.attention.end())
		state.attention.push_back(id);
	if (!needed && found != state.attention.end())
		state.attention.erase(found);
}

} // namespace

const ShadowCopySet *Journal::Recent::find(const std::string &key, std::string_view bytes) const
{
	for (const auto &entry : entries_)
		if (entry.key == key)
			return entry.bytes == bytes ? &entry.set : nullptr;
	return nullptr;
}

void Journal::Recent::put(const std::string &key, std::string_view bytes, const ShadowCopySet &set)
{
	std::erase_if(entries_, [&](const Entry &entry) { return entry.key == key; });
	entries_.push_front({key, std::string(bytes), set});
	if (entries_.size() > limit)
		entries_.pop_back();
}

Result<Journal::Transaction> Journal::begin()
{
	if (auto begun = store_.begin(); !begun)
		return tl::unexpected(begun.error());
	Transaction transaction(*this);
	if (auto loaded = transaction.loadState(); !loaded)
		return tl::unexpected(loaded.error());
	return transaction;
}

Journal::Transaction::Transaction(Transaction &&other) noexcept
        : store_(other.store_),
          log_(other.log_),
          recent_(other.recent_),
          state_(std::move(other.state_)),
          storedState_(std::move(other.storedState_)),
          before_(std::move(other.before_)),
          durability_(other.durability_),
          open_(std::exchange(other.open_, false))
{
}

Journal::Transaction::~Transaction()
{
	if (open_)
		store_->cancel();
}

Result<void> Journal::Transaction::loadState()
{
	auto bytes = store_->fetch(stateKey);
	if (!bytes)
		return tl::unexpected(bytes.error());
	if (!*bytes)
		return {};
	storedState_ = **bytes;
	if (auto state = record::decodeState(storedState_)) {
		state_ = std::move(*state);
		return {};
	}
	return setAside(stateKey, storedState_).and_then([this] { return rebuild(); });
}

Result<void> Journal::Transaction::setAside(const std::string &key, std::string_view bytes)
{
	log_->error(
	        fmt::format("state store: record '{}' is damaged or foreign ({} bytes); it is kept "
	                    "as '{}{}' and left out",
	                    key, bytes.size(), damagedPrefix, key));
	auto done = store_->put(damagedPrefix + key, bytes).and_then([&] {
		return store_->erase(key);
	});
	broken_ = broken_ || !done;
	return done;
}

Result<std::optional<std::string>> Journal::Transaction::fetch(const std::string &key)
{
	auto bytes = store_->fetch(key);
	broken_ = broken_ || !bytes;
	return bytes;
}

Result<std::optional<ShadowCopySet>> Journal::Transaction::find(const SetId &id)
{
	const auto key = keyOf(id);
	auto bytes = fetch(key);
	if (!bytes)
		return tl::unexpected(bytes.error());
	if (!*bytes)
		return std::nullopt;
	if (const auto *known = recent_->find(key, **bytes)) {
		before_.try_emplace(key, *known);
		return *known;
	}
	auto set = record::decodeSet(**bytes);
	if (!set || set->id != id) {
		// What it held counts no more, and only a full count can tell.
		auto repaired = setAside(key, **bytes).and_then([this] { return rebuild(); });
		if (!repaired)
			return tl::unexpected(repaired.error());
		return std::nullopt;
	}
	recent_->put(key, **bytes, *set);
	before_.try_emplace(key, *set);
	return set;
}

Result<VolumeUse> Journal::Transaction::use(const VolumeId &volume)
{
	const auto key = volumePrefix + volume;
	auto bytes = fetch(key);
	if (!bytes)
		return tl::unexpected(bytes.error());
	if (!*bytes)
		return VolumeUse();
	if (auto use = record::decodeVolumeUse(**bytes))
		return *use;
	auto repaired = setAside(key, **bytes).and_then([this] { return rebuild(); });
	if (!repaired)
		return tl::unexpected(repaired.error());
	bytes = fetch(key);
	if (!bytes)
		return tl::unexpected(bytes.error());
	return *bytes ? record::decodeVolumeUse(**bytes).value_or(VolumeUse()) : VolumeUse();
}

Result<Counters> Journal::Transaction::counters()
{
	auto bytes = fetch(countersKey);
	if (!bytes)
		return tl::unexpected(bytes.error());
	if (!*bytes)
		return Counters();
	return record::decodeCounters(**bytes).value_or(Counters());
}

// A damaged record is begun anew: nothing depends on it.
Result<void> Journal::Transaction::count(const Counters &more)
{
	auto total = counters();
	if (!total)
		return tl::unexpected(total.error());
	*total += more;
	auto written = store_->put(countersKey, record::encode(*total));
	broken_ = broken_ || !written;
	return written;
}

Result<std::optional<LastVolume>> Journal::Transaction::lastVolume(const std::string &share)
{
	return fetch(sharePrefix + foldedName(share)).map([](const auto &bytes) {
		return bytes ? record::decodeLastVolume(*bytes) : std::nullopt;
	});
}

// A damaged record is begun anew: nothing depends on it.
Result<void> Journal::Transaction::noteVolume(const std::string &share, const LastVolume &last)
{
	auto known = lastVolume(share);
	if (!known)
		return tl::unexpected(known.error());
	if (*known == last)
		return {};
	auto written = store_->put(sharePrefix + foldedName(share), record::encode(last));
	broken_ = broken_ || !written;
	return written;
}

Result<std::vector<std::string>> Journal::Transaction::sharesWithVolume()
{
	std::vector<std::string> shares;
	return store_
	        ->each([&](std::string_view key, std::string_view) {
		        if (key.starts_with(sharePrefix))
			        shares.emplace_back(key.substr(sharePrefix.size()));
	        })
	        .map([&] { return std::move(shares); });
}

Result<void> Journal::Transaction::forgetVolume(const std::string &share)
{
	auto erased = store_->erase(sharePrefix + foldedName(share));
	broken_ = broken_ || !erased;
	return erased;
}

Result<std::set<std::string>> Journal::Transaction::copies()
{
	std::set<std::string> ids;
	bool damaged = false;
	auto read = store_->each([&](std::string_view key, std::string_view bytes) {
		damaged = damaged || key.starts_with(damagedPrefix);
		if (!key.starts_with(setPrefix))
			return;
		const auto set = record::decodeSet(bytes);
		damaged = damaged || !set;
		if (set)
			for (const auto &copy : set->copies)
				ids.insert(copy.id.text());
	});
	if (!read)
		return tl::unexpected(read.error());
	if (damaged)
		return fail(HResult::Fail, "list all shadow copies on record", EBADMSG,
		            "the record of a set is damaged");
	return ids;
}

Result<void> Journal::Transaction::book(const ShadowCopySet *before, const ShadowCopySet *after)
{
	const auto old = useOf(before);
	auto fresh = useOf(after);
	for (const auto &[volume, unused] : old)
		fresh.try_emplace(volume);
	// A damaged count makes all be counted anew, which has to be done before
	// the first is changed.
	for (const auto &[volume, unused] : fresh)
		if (auto readable = use(volume); !readable)
			return tl::unexpected(readable.error());
	for (const auto &[volume, now] : fresh) {
		const auto was = old.contains(volume) ? old.at(volume) : VolumeUse();
		if (was == now)
			continue;
		auto stored = use(volume);
		if (!stored)
			return tl::unexpected(stored.error());
		// Never below zero, whatever was damaged before.
		const auto shift = [](uint32_t value, uint32_t from, uint32_t to) {
			return value + to > from ? value + to - from : 0;
		};
		const VolumeUse total{shift(stored->copies, was.copies, now.copies),
		                      shift(stored->shadowed, was.shadowed, now.shadowed)};
		const auto key = volumePrefix + volume;
		auto written = total == VolumeUse() ? store_->erase(key)
		                                    : store_->put(key, record::encode(total));
		if (!written)
			return written;
	}
	return {};
}

Result<void> Journal::Transaction::remember(const SetId &id)
{
	if (before_.contains(keyOf(id)))
		return {};
	auto found = find(id);
	if (!found)
		return tl::unexpected(found.error());
	return {};
}

Result<void> Journal::Transaction::save(const ShadowCopySet &set)
{
	return replace(set.id, &set);
}

Result<void> Journal::Transaction::erase(const SetId &id)
{
	return replace(id, nullptr);
}

Result<void> Journal::Transaction::replace(const SetId &id, const ShadowCopySet *set)
{
	const auto key = keyOf(id);
	auto done = remember(id);
	auto &before = before_[key];
	if (done)
		done = book(before ? &*before : nullptr, set);
	if (done && set != nullptr) {
		const auto bytes = record::encode(*set);
		recent_->put(key, bytes, *set);
		done = store_->put(key, bytes);
	} else if (done) {
		done = store_->erase(key);
	}
	if (!done) {
		broken_ = true;
		return done;
	}
	if (durabilityOf(before ? &*before : nullptr, set) == Durability::Disk)
		durability_ = Durability::Disk;
	if (before && before->onDisk &&
	    (set == nullptr || set->copies.size() < before->copies.size()))
		owesDisk_ = true;
	before = set != nullptr ? std::optional(*set) : std::nullopt;
	listAttention(state_, id, set != nullptr && set->needsAttention());
	return {};
}

Result<void> Journal::Transaction::eachSet(const std::function<void(const ShadowCopySet &)> &fn)
{
	std::vector<std::pair<std::string, std::string>> damaged;
	auto done = store_->each([&](std::string_view key, std::string_view bytes) {
		if (!key.starts_with(setPrefix))
			return;
		auto set = record::decodeSet(bytes);
		if (set && keyOf(set->id) == key)
			fn(*set);
		else
			damaged.emplace_back(key, bytes);
	});
	for (const auto &[key, bytes] : damaged)
		if (done)
			done = setAside(key, bytes);
	return done && !damaged.empty() ? rebuild() : done;
}

Result<void> Journal::Transaction::rebuild()
{
	std::map<VolumeId, VolumeUse> total;
	state_.attention.clear();
	auto done = eachSet([&](const ShadowCopySet &set) {
		listAttention(state_, set.id, set.needsAttention());
		for (const auto &[volume, use] : useOf(&set)) {
			total[volume].copies += use.copies;
			total[volume].shadowed += use.shadowed;
		}
	});
	std::vector<std::string> stale;
	if (done)
		done = store_->each([&](std::string_view key, std::string_view) {
			if (key.starts_with(volumePrefix))
				stale.emplace_back(key);
		});
	for (const auto &key : stale)
		if (done)
			done = store_->erase(key);
	for (const auto &[volume, use] : total)
		if (done)
			done = store_->put(volumePrefix + volume, record::encode(use));
	broken_ = broken_ || !done;
	return done;
}

Result<void> Journal::Transaction::commit()
{
	if (broken_)
		return fail(HResult::Fail,
		            "state store: an earlier step failed; nothing was changed");
	const auto encoded = record::encode(state_);
	if (encoded != storedState_)
		if (auto written = store_->put(stateKey, encoded); !written)
			return written;
	open_ = false;
	return store_->commit(durability_);
}

} // namespace fss
