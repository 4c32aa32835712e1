// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapper_backend/SnapperService.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace fss::snapper {

/// Does on a real btrfs what snapperd does, in the same steps, and can be
/// stopped or killed at each.
class FakeSnapperd {
public:
	/// Steps of making a snapshot, and then of deleting one.
	enum class Step { Begin, MakeDirectory, Snapshot, WriteInfo, Answer, Destroy, Forget };

	/// Makes the store, as snapper create-config does.
	void addConfig(const std::string &name, const std::string &subvolume);
	/// The agent's way to it; any number of them.
	std::unique_ptr<Service> service();

	/// Makes a snapshot as an administrator does.
	uint32_t create(const std::string &config, const UserData &data, bool readOnly = true);
	void remove(const std::string &config, uint32_t number);

	/// Called before each step. What it throws ends the call with that error:
	/// snapperd was killed, or did not answer.
	std::function<void(Step)> before;
	/// Called in place of an answer, where set.
	std::function<Result<std::vector<Config>>()> answerConfigs;
	/// Connecting fails so.
	std::optional<Error> refusal;
	/// Snapshots that it does not delete, and does not say so.
	bool keeps = false;

	int64_t now = 1'700'000'000; ///< the date of what it makes, seconds since 1970

	std::map<std::string, std::string> configs; ///< name and subvolume
	std::vector<std::string> calls;

private:
	friend class FakeSession;
	void step(Step step);
	Result<uint32_t> make(const Creation &creation);
	Result<std::vector<Snapshot>> list(const std::string &config);
	Result<void> destroy(const std::string &config, const std::vector<uint32_t> &numbers);
	std::string store(const std::string &config) const;

	std::mutex one_; ///< snapperd does one thing at a time
};

/// For FakeSnapperd::before.
struct Killed {
	Error error;
};

} // namespace fss::snapper
