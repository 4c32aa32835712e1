// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"
#include "requester/model/ShadowSet.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace fss::requester {

/// What shadow copy sets were made from this machine: one JSON file, locked
/// while it is changed and replaced as a whole, so that a reader sees either
/// state and a crash loses nothing.
class Catalog {
public:
	/// The file is made with the first set; its directory, too.
	explicit Catalog(std::filesystem::path file);

	/// /var/lib/smbshadow/catalog.json for root; for others
	/// $XDG_STATE_HOME/smbshadow/catalog.json, by default below ~/.local/state.
	static std::filesystem::path defaultFile();

	/// In the order in which they were made.
	Result<std::vector<ShadowSet>> sets() const;

	/// Adds the set, or replaces the one with its id.
	Result<void> put(const ShadowSet &set);

	/// Forgets one shadow copy, and the set with its last.
	Result<void> remove(const SetId &set, const CopyId &copy);
	Result<void> remove(const SetId &set);

	/// The set that is meant: by its id, a shadow copy's id (this side's or a
	/// server's), or the first eight or more digits of one of them, with or without braces.
	Result<ShadowSet> find(std::string_view text) const;

	const std::filesystem::path &file() const { return file_; }

private:
	using Sets = std::vector<ShadowSet>;
	Result<Sets> load() const;
	Result<void> store(const Sets &sets) const;
	Result<void> change(const std::function<void(Sets &)> &edit);

	std::filesystem::path file_;
};

} // namespace fss::requester
