// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

namespace fss {

// What nothing else removes: it hangs on no set. Nothing depends on it either, so that
// a failure is told and left to the next time.
void Agent::tidy()
{
	const auto tell = [this](const Result<void> &done) {
		if (!done)
			host_.error(done.error().text());
	};
	tell(forgetVolumes());
	tell(provider_.prune([this] { return copiesOnRecord(); }));
}

// The shares are looked up between two transactions: that may load the configuration.
Result<void> Agent::forgetVolumes()
{
	std::vector<std::string> shares, gone;
	auto read = transact([&](Transaction &transaction) {
		return transaction.sharesWithVolume().map(
		        [&](auto found) { shares = std::move(found); });
	});
	for (const auto &share : shares) {
		const auto found = host_.findShare(share, nullptr);
		if (!found && found.error().code == HResult::ObjectNotFound)
			gone.push_back(share);
		if (gone.size() == mostForgotten)
			break;
	}
	if (!read || gone.empty())
		return read;
	return transact([&](Transaction &transaction) -> Result<void> {
		for (const auto &share : gone)
			if (auto forgotten = transaction.forgetVolume(share); !forgotten)
				return forgotten;
		return {};
	});
}

Result<std::set<std::string>> Agent::copiesOnRecord()
{
	std::set<std::string> copies;
	auto read = transact([&](Transaction &transaction) {
		return transaction.copies().map([&](auto found) { copies = std::move(found); });
	});
	if (!read)
		return tl::unexpected(read.error());
	return copies;
}

bool Agent::isQuiet()
{
	bool quiet = false;
	const auto read = transact([&](Transaction &transaction) -> Result<void> {
		quiet = transaction.state().attention.empty() && isIdle(transaction);
		return {};
	});
	return read && quiet;
}

} // namespace fss
