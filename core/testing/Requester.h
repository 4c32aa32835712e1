// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "testing/Ledger.h"

#include <optional>
#include <string>
#include <vector>

namespace fss {

/// What a client does that did not get what it asked for.
enum class Manner { Leaves, Aborts, Retries };

/// A client that notes in the ledger what it is told, looks whether that is so,
/// and makes no further step after one that failed.
class Requester {
public:
	Requester(Worker &worker, Ledger &ledger, Manner manner,
	          const std::string &address = "198.51.100.1", uint64_t connection = 1);

	/// The whole way from SetContext to RecoveryComplete.
	void create(uint32_t context, const std::vector<std::string> &shares);
	/// SetContext and StartShadowCopySet.
	void begin(uint32_t context);
	/// Goes on with a set that is made already.
	void take(const SetId &set) { set_.set = set; }
	void add(const std::string &share);
	void recoveryComplete();
	void abort();
	/// Deletes the index-th mapping.
	void remove(size_t index);
	void removeAll();

private:
	Ledger::Set &told() { return ledger_.find(set_.set); }
	std::optional<Reply> step(fss_method method, const Arguments &arguments);
	Reply ask(fss_method method, const Arguments &arguments);

	Worker &worker_;
	Ledger &ledger_;
	Manner manner_;
	Client client_;
	Arguments set_;
	bool content_ = true;
};

} // namespace fss
