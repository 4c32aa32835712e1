// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fss {

/// A record of Samba's own agent (rpcd_fsrvp), as decoded and with nothing in
/// it checked. A kind has the members named below it.
struct ForeignRecord {
	enum class Kind {
		Set,        ///< key sc_set/SET: state, context, children
		Copy,       ///< key sc_set/SET/sc/COPY: volume, path, created, children
		Mapping,    ///< key sc_set/SET/sc/COPY/smap/NAME: share, exposedName, exposed
		Unreadable, ///< key like one of these, value damaged
	};
	Kind kind = Kind::Unreadable;
	std::string key;
	uint32_t children = 0; ///< how many copies or mappings belong to it
	uint32_t state = 0;    ///< Started is 0, Recovered 5
	uint32_t context = 0;
	std::string volume;  ///< the directory that was snapshotted
	std::string path;    ///< of the snapshot, "" before Commit
	int64_t created = 0; ///< seconds since 1970
	std::string share;
	std::string exposedName;
	bool exposed = false;
};

/// The records of one set.
using ForeignSet = std::vector<ForeignRecord>;

/// The database of Samba's own agent.
class ForeignState {
public:
	virtual ~ForeignState() = default;

	/// All that tells of shadow copy sets; nothing where there is no database.
	/// Errors: Fail where it is damaged.
	virtual Result<std::vector<ForeignRecord>> foreignRecords() = 0;
	/// Erases records, all or none; on disk when it returns.
	virtual Result<void> eraseForeign(const std::vector<std::string> &keys) = 0;
};

} // namespace fss
