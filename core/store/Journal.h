// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Log.h"
#include "model/Counters.h"
#include "model/ServerState.h"
#include "model/ShadowCopySet.h"
#include "store/StateStore.h"

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fss {

/// Typed access to the state store, and the one place that keeps what is
/// derived from the sets (the attention list, the use of volumes) true.
///
/// A Transaction holds the lock over all processes until it is committed or
/// goes out of scope, which cancels it. The cost of every call but eachSet()
/// is independent of the number of stored sets.
class Journal {
public:
	class Transaction;

	Journal(StateStore &store, Log &log) : store_(store), log_(log) {}

	Result<Transaction> begin();

private:
	/// Sets as they were last read or written here. A set is read from its
	/// record again only where that is another.
	class Recent {
	public:
		const ShadowCopySet *find(const std::string &key, std::string_view bytes) const;
		void put(const std::string &key, std::string_view bytes, const ShadowCopySet &set);

	private:
		static constexpr size_t limit = 16;
		struct Entry {
			std::string key;
			std::string bytes;
			ShadowCopySet set;
		};
		std::list<Entry> entries_; ///< the latest first
	};

	StateStore &store_;
	Log &log_;
	Recent recent_;
};

class Journal::Transaction {
public:
	Transaction(Transaction &&other) noexcept;
	Transaction &operator=(Transaction &&) = delete;
	~Transaction();

	/// The server's state; changes to it are written by commit().
	ServerState &state() { return state_; }

	/// A stored set. Nothing where there is none, or its record was damaged
	/// and has been set aside.
	Result<std::optional<ShadowCopySet>> find(const SetId &id);
	Result<void> save(const ShadowCopySet &set);
	Result<void> erase(const SetId &id);
	Result<VolumeUse> use(const VolumeId &volume);

	/// What has been counted so far; nothing where the record was damaged.
	Result<Counters> counters();
	/// Adds to it.
	Result<void> count(const Counters &more);

	/// Where the share's last shadow copy was made; nothing where that is not
	/// known, or its record was damaged.
	Result<std::optional<LastVolume>> lastVolume(const std::string &share);
	Result<void> noteVolume(const std::string &share, const LastVolume &last);
	/// The shares of which that is known, in lower case.
	Result<std::vector<std::string>> sharesWithVolume();
	Result<void> forgetVolume(const std::string &share);

	/// Calls fn with every stored set.
	Result<void> eachSet(const std::function<void(const ShadowCopySet &)> &fn);
	/// The ids of all shadow copies on record, as text.
	/// Errors: EBADMSG where a set's record is damaged: nobody knows what that had.
	Result<std::set<std::string>> copies();
	/// Works everything derived out anew from the sets.
	Result<void> rebuild();

	/// Whether something was removed that is on disk still after commit().
	bool owesDisk() const { return owesDisk_ && durability_ == Durability::ThisBoot; }
	/// Has commit() write to disk whatever is not there yet.
	void toDisk() { durability_ = Durability::Disk; }

	/// Makes all changes; on disk where they are to outlive a power failure.
	/// After an error of the store's own commit all may have been made
	/// nevertheless, or none.
	Result<void> commit();

private:
	friend class Journal;
	explicit Transaction(Journal &journal)
	        : store_(&journal.store_), log_(&journal.log_), recent_(&journal.recent_)
	{
	}

	Result<void> loadState();
	Result<std::optional<std::string>> fetch(const std::string &key);
	Result<void> setAside(const std::string &key, std::string_view bytes);
	/// Stores a set, or none, in place of what is stored.
	Result<void> replace(const SetId &id, const ShadowCopySet *set);
	/// Makes sure that before_ knows what is stored of a set.
	Result<void> remember(const SetId &id);
	/// Books the difference that a set's change makes to its volumes.
	Result<void> book(const ShadowCopySet *before, const ShadowCopySet *after);

	StateStore *store_;
	Log *log_;
	Recent *recent_;
	ServerState state_;
	std::string storedState_;
	std::map<std::string, std::optional<ShadowCopySet>> before_; ///< as stored
	Durability durability_ = Durability::ThisBoot;               ///< of the changes so far
	bool owesDisk_ = false;
	bool open_ = true;
	bool broken_ = false; ///< a store call failed: nothing may be committed
};

} // namespace fss
