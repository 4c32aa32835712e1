// SPDX-License-Identifier: GPL-3.0-or-later
/// Upgrades: the shadow copy sets of Samba's own agent become this agent's.
#include "agent/Agent.h"
#include "protocol/Names.h"
#include "store/Record.h"

#include <fmt/format.h>

namespace fss {

namespace {

const std::string setPrefix = "sc_set/";
const std::string copyPart = "/sc/";
const std::string mappingPart = "/smap/";

using Kind = ForeignRecord::Kind;

/// Every set's records, by the key of the set.
std::map<std::string, ForeignSet> bySet(const std::vector<ForeignRecord> &records)
{
	std::map<std::string, ForeignSet> sets;
	for (const auto &record : records) {
		if (!record.key.starts_with(setPrefix))
			continue;
		const auto end = record.key.find('/', setPrefix.size());
		sets[record.key.substr(0, end)].push_back(record);
	}
	return sets;
}

tl::unexpected<Error> damaged(const std::string &key)
{
	return fail(HResult::Fail, fmt::format("record '{}' is damaged", key));
}

/// The last name of a key that is `prefix` and one name more.
std::optional<std::string> nameBehind(const std::string &prefix, const std::string &key)
{
	if (!key.starts_with(prefix) || key.find('/', prefix.size()) != key.npos)
		return std::nullopt;
	return key.substr(prefix.size());
}

std::string shareList(const ForeignSet &records)
{
	std::string list;
	for (const auto &record : records)
		if (record.kind == Kind::Mapping)
			list += (list.empty() ? "" : ", ") + record.share;
	return list;
}

/// Only a share that was published for this shadow copy may go with it.
bool isExposedNameOf(const ForeignRecord &record, const CopyId &copy)
{
	const auto plain = fmt::format("{}@{{{}}}", record.share, copy.text());
	return !record.share.empty() &&
	       (sameName(record.exposedName, plain) || sameName(record.exposedName, plain + "$"));
}

Result<std::vector<ShareMapping>> mappingsOf(const ForeignSet &records, const ForeignRecord &owner,
                                             const CopyId &copy, const std::string &server)
{
	std::vector<ShareMapping> mappings;
	for (const auto &record : records) {
		if (record.kind != Kind::Mapping ||
		    !nameBehind(owner.key + mappingPart, record.key))
			continue;
		if (!isExposedNameOf(record, copy))
			return damaged(record.key);
		ShareMapping mapping;
		mapping.unc = fmt::format("\\\\{}\\{}", server, record.share);
		mapping.share = record.share;
		mapping.exposedName = record.exposedName;
		mapping.exposed = record.exposed;
		mappings.push_back(std::move(mapping));
	}
	if (mappings.empty() || mappings.size() != owner.children)
		return damaged(owner.key);
	return mappings;
}

/// Nobody is left who could complete the recovery of an Exposed set, and its
/// agent kept it until it was deleted; so does this one. A set that is not
/// Exposed yet can never be seen by a client: recovery removes it.
Status statusOf(const ForeignRecord &set)
{
	return set.state >= static_cast<uint32_t>(Status::Exposed) ? Status::Recovered
	                                                           : Status::Committed;
}

/// The set's own record, where all of its records are of known kinds.
Result<ForeignRecord> headOf(const std::string &key, const ForeignSet &records)
{
	const ForeignRecord *head = nullptr;
	size_t copies = 0;
	size_t mappings = 0;
	for (const auto &record : records) {
		if (record.kind == Kind::Unreadable)
			return damaged(record.key);
		if (record.kind == Kind::Set && record.key == key)
			head = &record;
		copies += record.kind == Kind::Copy ? record.children : 0;
		mappings += record.kind == Kind::Mapping ? 1 : 0;
	}
	// One that belongs to nothing is not counted by any.
	if (head == nullptr || copies != mappings ||
	    records.size() != size_t{1} + head->children + mappings ||
	    head->state > static_cast<uint32_t>(Status::Recovered))
		return damaged(key);
	return *head;
}

/// A name that is no UTF-8 would not come into a record.
bool isStorable(const ShadowCopySet &set)
{
	try {
		return record::decodeSet(record::encode(set)).has_value();
	} catch (const std::exception &) {
		return false;
	}
}

} // namespace

Result<void> Agent::takeOver(Transaction &transaction)
{
	auto records = foreign_.foreignRecords();
	if (!records) {
		host_.error(
		        fmt::format("no shadow copy set is taken over from Samba's own agent: {}",
		                    records.error().text()));
		return {};
	}
	std::vector<std::string> keys;
	for (const auto &[key, set] : bySet(*records)) {
		auto taken = takeOver(transaction, key, set);
		if (!taken)
			return tl::unexpected(taken.error());
		if (*taken)
			for (const auto &record : set)
				keys.push_back(record.key);
	}
	// When they are on disk here, and no sooner. A worker that dies between the
	// two leaves sets in both, and the next one comes by here again.
	if (!keys.empty())
		afterCommit_.push_back([this, keys] {
			if (auto erased = foreign_.eraseForeign(keys); !erased)
				host_.error(erased.error().text());
		});
	return {};
}

/// Returns whether the set's records have no further use where they are.
Result<bool> Agent::takeOver(Transaction &transaction, const std::string &key,
                             const ForeignSet &records)
{
	const auto id = SetId::parse(key.substr(setPrefix.size()));
	if (!id)
		return leave(key, records, damaged(key).value());
	auto known = transaction.find(*id);
	if (!known)
		return tl::unexpected(known.error());
	if (*known)
		return true;
	auto set = translate(*id, key, records);
	if (!set)
		return leave(key, records, set.error());
	if (set->copies.empty())
		return true;
	afterCommit_.push_back([this, set = *set] {
		host_.notice(fmt::format("shadow copy set {} ({}) is taken over from Samba's own "
		                         "agent",
		                         set.id.text(), set.shareList()));
	});
	return transaction.save(*set).map([] { return true; });
}

bool Agent::leave(const std::string &key, const ForeignSet &records, const Error &why)
{
	host_.error(fmt::format(
	        "shadow copy set {} ({}) stays with Samba's own agent, in srv_fss.tdb: {}; let "
	        "rpcd_fsrvp delete it, or take its share away with net conf delshare and its "
	        "snapshot with what made it",
	        key.substr(setPrefix.size()), shareList(records), why.text()));
	return false;
}

/// The set as one of this agent, without the shadow copies that were never
/// made.
Result<ShadowCopySet> Agent::translate(const SetId &id, const std::string &key,
                                       const ForeignSet &records)
{
	auto head = headOf(key, records);
	if (!head)
		return tl::unexpected(head.error());
	const auto context = Context::parse(head->context);
	if (!context)
		return damaged(key);
	ShadowCopySet set;
	set.id = id;
	set.status = statusOf(*head);
	set.context = *context;
	set.bootId = Owner::thisBoot();
	set.onDisk = true;
	for (const auto &record : records) {
		if (record.kind != Kind::Copy)
			continue;
		const auto name = nameBehind(key + copyPart, record.key);
		const auto copyId = name ? CopyId::parse(*name) : std::nullopt;
		if (!copyId || (record.path.empty() && set.status == Status::Recovered))
			return damaged(record.key);
		if (record.path.empty())
			continue;
		auto copy = translate(*copyId, record, records);
		if (!copy)
			return tl::unexpected(copy.error());
		set.copies.push_back(std::move(*copy));
	}
	if (!isStorable(set))
		return damaged(key);
	return set;
}

Result<ShadowCopy> Agent::translate(const CopyId &id, const ForeignRecord &record,
                                    const ForeignSet &records)
{
	const auto names = host_.serverNames();
	auto mappings = mappingsOf(records, record, id, names.empty() ? "" : names.front());
	if (!mappings)
		return tl::unexpected(mappings.error());
	auto adoption = provider_.adopt({record.volume, record.path});
	if (!adoption)
		return tl::unexpected(adoption.error());
	ShadowCopy copy;
	copy.id = id;
	copy.volume = adoption->volume;
	copy.created = fileTimeOf(record.created);
	copy.taken = copy.created;
	copy.snapshotUuid = adoption->uuid;
	copy.transaction = adoption->transaction;
	copy.path = adoption->path;
	copy.mappings = std::move(*mappings);
	for (auto &mapping : copy.mappings)
		mapping.relativePath = adoption->relativePath;
	return copy;
}

} // namespace fss
