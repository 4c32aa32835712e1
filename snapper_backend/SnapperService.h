// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fss::snapper {

using Timeout = std::chrono::milliseconds;
using UserData = std::map<std::string, std::string>;

/// One of snapper's configurations.
struct Config {
	std::string name;
	std::string subvolume; ///< absolute
};

/// A snapshot as snapper lists it.
struct Snapshot {
	uint32_t number = 0; ///< never 0, which is the volume itself
	int64_t date = 0;    ///< seconds since 1970
	std::string description;
	UserData userData;
};

/// A snapshot to make.
struct Creation {
	std::string config;
	bool readOnly = true;
	std::string description;
	UserData userData;
};

/// A conversation with snapperd, for one thread at a time. Snapperd does what
/// one conversation asks for in the order in which it was asked: an answer
/// means that whatever was asked before, and not waited for, is over.
///
/// Errors carry an errno: ENOSYS and ENOENT where nothing provides the service,
/// ETIMEDOUT where it did not answer in time, ECONNRESET where it ended or the
/// bus did, EBADMSG where its answer cannot be understood.
class Session {
public:
	virtual ~Session() = default;

	virtual Result<std::vector<Config>> configs(Timeout timeout) = 0;
	virtual Result<std::vector<Snapshot>> snapshots(const std::string &config,
	                                                Timeout timeout) = 0;
	/// Returns the number of the snapshot, which is made without a cleanup
	/// algorithm. After any error it may exist, or come to exist still.
	virtual Result<uint32_t> create(const Creation &creation, Timeout timeout) = 0;
	virtual Result<void> remove(const std::string &config, const std::vector<uint32_t> &numbers,
	                            Timeout timeout) = 0;
};

class Service {
public:
	virtual ~Service() = default;
	virtual Result<std::unique_ptr<Session>> connect() = 0;
};

/// Snapperd on the system bus; in a build without the D-Bus library, one whose
/// connect() says so.
std::unique_ptr<Service> systemService();

/// Whether an error says that there is no snapperd here.
inline bool isAbsence(const Error &error)
{
	return error.errnum == ENOSYS || error.errnum == ENOENT;
}

} // namespace fss::snapper
