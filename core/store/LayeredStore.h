// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "store/StateStore.h"

#include <cstdint>
#include <set>
#include <string>

namespace fss {

/// A store of two: `working` holds all there is, lasts as long as the machine
/// is up, and is quick; `disk` gets what has to outlive a power failure, and
/// with it all else that has changed by then. A new working store starts with
/// what is on disk.
///
/// A process may die between the two stores' commits: disk is then one
/// transaction ahead, names its keys, and the next begin() follows it.
class LayeredStore : public StateStore {
public:
	/// Both must outlive it.
	LayeredStore(StateStore &working, StateStore &disk) : working_(working), disk_(disk) {}

	Result<void> begin() override;
	Result<void> commit(Durability durability) override;
	void cancel() override;
	Result<std::optional<std::string>> fetch(const std::string &key) override;
	Result<void> put(const std::string &key, std::string_view value) override;
	Result<void> erase(const std::string &key) override;
	Result<void>
	each(const std::function<void(std::string_view key, std::string_view value)> &fn) override;

private:
	using Keys = std::set<std::string>;

	/// Takes in what disk has and working does not know of.
	Result<void> catchUp();
	Result<void> load(uint64_t generation);
	Result<void> follow(const Keys &keys, uint64_t generation);
	Result<void> writeToDisk();
	Result<void> noteUnwritten();
	/// The keys that disk has not got as working has them.
	Result<Keys> unwritten();

	StateStore &working_;
	StateStore &disk_;
	uint64_t generation_ = 0; ///< of disk, as working knows it
	Keys changed_;            ///< in this transaction
};

} // namespace fss
