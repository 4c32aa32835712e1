// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/Ledger.h"

#include <algorithm>
#include <map>
#include <set>

namespace fss {

namespace {

// A stored mapping: its share and its snapshot are there as the record says.
void checkMapping(const World &world, const ShadowCopy &copy, const ShareMapping &mapping,
                  Ledger::Word word)
{
	const auto &name = mapping.exposedName;
	EXPECT_NE(word, Ledger::Word::Gone) << name << " is on record though it is deleted";
	EXPECT_FALSE(mapping.deleting) << name;
	EXPECT_EQ(world.publisher.published.contains(name), mapping.exposed) << name;
	EXPECT_TRUE(mapping.exposed || word == Ledger::Word::Either) << name << " is not exposed";
	// A deletion that failed half-way may have taken it: it can be repeated.
	if (!mapping.exposed)
		return;
	const auto *snapshot = world.provider.find(copy.id);
	ASSERT_NE(snapshot, nullptr) << name << " has no snapshot";
	EXPECT_EQ(snapshot->uuid, copy.snapshotUuid) << name;
	EXPECT_FALSE(snapshot->writable) << name;
	EXPECT_EQ(world.publisher.parameter(name, "read only"), "yes") << name;
	const auto path = world.provider.exposedPath({copy.id, copy.volume, copy.snapshotUuid},
	                                             mapping.relativePath);
	EXPECT_EQ(world.publisher.parameter(name, "path"), path);
}

void checkAbsence(const World &world, const Ledger::Set &set)
{
	for (const auto &mapping : set.mappings) {
		EXPECT_FALSE(world.publisher.published.contains(mapping.name()));
		EXPECT_EQ(world.provider.find(mapping.copy), nullptr) << mapping.name();
		EXPECT_FALSE(world.provider.prepared.contains(mapping.copy.text()));
	}
}

const ShareMapping *findMapping(const ShadowCopySet &set, const std::string &name)
{
	for (const auto &copy : set.copies)
		for (const auto &mapping : copy.mappings)
			if (mapping.exposedName == name)
				return &mapping;
	return nullptr;
}

} // namespace

void Ledger::add(const ClientSet &made, Word word)
{
	auto &set = add(made.id);
	set.word = word;
	for (size_t i = 0; i < made.copies.size(); i++)
		set.mappings.push_back({made.copies[i], made.shares[i]});
}

Ledger::Set &Ledger::find(const SetId &id)
{
	return *std::find_if(sets_.begin(), sets_.end(),
	                     [&](const Set &set) { return set.id == id; });
}

void Ledger::check(const World &world, const Set &set)
{
	SCOPED_TRACE("shadow copy set " + set.id.text());
	const auto stored = world.set(set.id);
	const bool needed =
	        set.word == Word::Whole &&
	        std::any_of(set.mappings.begin(), set.mappings.end(),
	                    [](const Mapping &mapping) { return mapping.word == Word::Whole; });
	const bool allowed = set.word != Word::Gone &&
	                     std::any_of(set.mappings.begin(), set.mappings.end(),
	                                 [](const auto &each) { return each.word != Word::Gone; });
	EXPECT_TRUE(stored || !needed) << "the set is lost";
	EXPECT_TRUE(!stored || allowed) << "the set is there still, " << name(stored->status)
	                                << (stored->undoing ? ", undoing" : "");
	if (!stored)
		return checkAbsence(world, set);
	if (!allowed)
		return;
	EXPECT_EQ(stored->status, Status::Recovered);
	EXPECT_FALSE(stored->undoing);
	EXPECT_FALSE(stored->job);
	for (const auto &mapping : set.mappings)
		EXPECT_TRUE(set.word != Word::Whole || mapping.word != Word::Whole ||
		            findMapping(*stored, mapping.name()))
		        << mapping.name() << " is lost";
	for (const auto &copy : stored->copies) {
		for (const auto &mapping : copy.mappings) {
			const auto told = std::find_if(
			        set.mappings.begin(), set.mappings.end(), [&](const auto &each) {
				        return each.name() == mapping.exposedName;
			        });
			ASSERT_NE(told, set.mappings.end()) << mapping.exposedName;
			checkMapping(world, copy, mapping, told->word);
		}
	}
}

void Ledger::check(const World &world) const
{
	for (const auto &set : sets_)
		check(world, set);
	std::set<std::string> copies, shares;
	std::map<VolumeId, VolumeUse> uses;
	for (const auto &told : sets_) {
		const auto set = world.set(told.id);
		if (!set)
			continue;
		for (const auto &copy : set->copies) {
			copies.insert(copy.id.text());
			uses[copy.volume.id].copies++;
			uses[copy.volume.id].shadowed++;
			for (const auto &mapping : copy.mappings)
				shares.insert(mapping.exposedName);
		}
	}
	size_t records = 1;
	for (const auto &told : sets_)
		records += world.set(told.id) ? 1 : 0;
	for (const auto &[volume, use] : uses)
		EXPECT_EQ(world.use(volume), use) << volume;
	// What is counted, wherever something was.
	const auto counters = world.records.records.count("counters");
	// Where the last shadow copy of each share was made: one record for each.
	size_t places = 0;
	for (const auto &[key, value] : world.records.records)
		places += key.starts_with("share/") ? 1 : 0;
	EXPECT_LE(places, world.host.shares.size());
	EXPECT_EQ(world.records.records.size(), records + uses.size() + counters + places)
	        << "unnamed records";
	for (const auto &[id, snapshot] : world.provider.snapshots)
		EXPECT_TRUE(copies.contains(id)) << "nothing names the snapshot " << id;
	for (const auto &id : world.provider.prepared)
		EXPECT_TRUE(copies.contains(id)) << "nothing names the directory " << id;
	for (const auto &[name, share] : world.publisher.published)
		EXPECT_TRUE(shares.contains(name)) << "nothing names the share " << name;
	EXPECT_TRUE(world.state().attention.empty());
	EXPECT_TRUE(world.state().sessions.empty());
	EXPECT_FALSE(world.gate.closed);
}

} // namespace fss
