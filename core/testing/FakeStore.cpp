// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/FakeStore.h"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fss {

Result<void> FakeStore::attempt(Step step, const std::string &key)
{
	const bool anytime = step == Step::Begin || step == Step::Fetch || step == Step::Each;
	EXPECT_TRUE(open_ || anytime) << "a store call outside a transaction";
	if (fails && fails(step, key))
		return fail(HResult::Fail, "state store: injected fault", EIO);
	static constexpr std::array names{"begin", "commit", "fetch", "put", "erase", "each"};
	const auto point = fmt::format("store {} {}", names.at(static_cast<size_t>(step)), key);
	const bool writes = step == Step::Commit || step == Step::Put || step == Step::Erase;
	return writes ? writing(point) : reading(point);
}

Result<void> FakeStore::begin()
{
	EXPECT_FALSE(open_) << "a transaction inside another would wait for itself";
	if (auto allowed = attempt(Step::Begin); !allowed)
		return allowed;
	working_ = records;
	open_ = true;
	return {};
}

Result<void> FakeStore::commit(Durability durability)
{
	// Whatever comes of it, the transaction is over.
	struct End {
		bool &open;
		~End() { open = false; }
	} end{open_};
	if (auto allowed = attempt(Step::Commit); !allowed)
		return allowed;
	records = working_;
	commits++;
	diskCommits += durability == Durability::Disk ? 1 : 0;
	return writing("store commit, done");
}

void FakeStore::cancel()
{
	EXPECT_TRUE(open_) << "cancel without a transaction";
	open_ = false;
}

Result<std::optional<std::string>> FakeStore::fetch(const std::string &key)
{
	if (auto allowed = attempt(Step::Fetch, key); !allowed)
		return tl::unexpected(allowed.error());
	const auto &all = open_ ? working_ : records;
	const auto found = all.find(key);
	return found == all.end() ? std::nullopt : std::optional(found->second);
}

Result<void> FakeStore::put(const std::string &key, std::string_view value)
{
	return attempt(Step::Put, key).map([&] { working_[key] = value; });
}

Result<void> FakeStore::erase(const std::string &key)
{
	return attempt(Step::Erase, key).map([&] { working_.erase(key); });
}

Result<void>
FakeStore::each(const std::function<void(std::string_view key, std::string_view value)> &fn)
{
	auto allowed = attempt(Step::Each);
	for (const auto &[key, value] : open_ ? working_ : records) {
		if (!allowed)
			return allowed;
		fn(key, value);
		allowed = reading("store each, after " + key);
	}
	return allowed;
}

} // namespace fss
