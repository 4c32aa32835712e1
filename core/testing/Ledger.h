// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "testing/World.h"

#include <string>
#include <vector>

namespace fss {

/// What clients were told, and whether the world holds just that.
class Ledger {
public:
	/// What a client may count on.
	enum class Word {
		Gone,   ///< it was deleted, or never finished
		Either, ///< a call that would decide it failed, or was never answered
		Whole,  ///< it is finished and stays
	};
	struct Mapping {
		CopyId copy;
		std::string share;
		Word word = Word::Whole;
		std::string name() const { return share + "@{" + copy.text() + "}"; }
	};
	struct Set {
		SetId id;
		Word word = Word::Gone;
		std::vector<Mapping> mappings{};
	};

	Set &add(const SetId &id) { return sets_.emplace_back(Set{id}); }
	void add(const ClientSet &made, Word word);
	Set &find(const SetId &id);

	/// Whether the set is as its client was told.
	static void check(const World &world, const Set &set);
	/// Whether every set is, and nothing else is there.
	void check(const World &world) const;

	const std::vector<Set> &sets() const { return sets_; }

	size_t refused = 0; ///< how often a client did not get what it asked for

private:
	std::vector<Set> sets_;
};

} // namespace fss
