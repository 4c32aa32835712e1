// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fss {

/// How long what a transaction commits is to last.
enum class Durability {
	ThisBoot, ///< until the machine goes down: what dies with its clients anyway
	Disk,     ///< over a power failure
};

/// A transactional key-value store shared by all processes of the server:
/// dbwrap in Samba (a local tdb, or ctdb's persistent database), a map in unit
/// tests. Everything but begin(), fetch() and each() is called inside a
/// transaction.
class StateStore {
public:
	virtual ~StateStore() = default;

	/// Starts a transaction and takes the exclusive lock over all processes.
	virtual Result<void> begin() = 0;
	/// On success all changes are made, for so long at least; on an error all
	/// or none are, and which of both is not known. The transaction is over in
	/// any case.
	virtual Result<void> commit(Durability durability) = 0;
	virtual void cancel() = 0;

	virtual Result<std::optional<std::string>> fetch(const std::string &key) = 0;
	virtual Result<void> put(const std::string &key, std::string_view value) = 0;
	/// Erasing what is not there is a success.
	virtual Result<void> erase(const std::string &key) = 0;
	virtual Result<void>
	each(const std::function<void(std::string_view key, std::string_view value)> &fn) = 0;
};

} // namespace fss
