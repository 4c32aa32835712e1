// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "store/StateStore.h"
#include "testing/Faults.h"

#include <functional>
#include <map>
#include <string>

namespace fss {

/// A state store in memory. Several agents may share one: as in the real
/// store, a second transaction cannot begin while one is open.
class FakeStore : public StateStore, public Faulty {
public:
	enum class Step { Begin, Commit, Fetch, Put, Erase, Each };

	Result<void> begin() override;
	Result<void> commit(Durability durability) override;
	void cancel() override;
	Result<std::optional<std::string>> fetch(const std::string &key) override;
	Result<void> put(const std::string &key, std::string_view value) override;
	Result<void> erase(const std::string &key) override;
	Result<void>
	each(const std::function<void(std::string_view key, std::string_view value)> &fn) override;

	/// Asked before each step, with the key where it has one; true: it fails.
	std::function<bool(Step, const std::string &key)> fails;

	/// What is on disk, for tests to look at and to damage.
	std::map<std::string, std::string> records;
	size_t commits = 0;
	size_t diskCommits = 0; ///< of these, those that were to be on disk

private:
	Result<void> attempt(Step step, const std::string &key = {});

	std::map<std::string, std::string> working_;
	bool open_ = false;
};

} // namespace fss
