// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Guid.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace fss::requester {

/// MS-FSRVP's method as in core/include/fss.h, by opnum.
using Method = fss_method;

std::string_view name(Method method);

/// What one method takes; only its own arguments are looked at.
struct Request {
	Method method = FSS_GET_SUPPORTED_VERSION;
	uint32_t number = 0; ///< Context, or TimeOutInMilliseconds
	Guid set;            ///< ShadowCopySetId, ClientShadowCopySetId
	Guid copy;           ///< ShadowCopyId, ClientShadowCopyId
	std::string share;   ///< ShareName, \\host\share\ .
};

/// What it answers. All but result is set on success only.
struct Reply {
	uint32_t result = 0; ///< HRESULT
	uint32_t minVersion = 0;
	uint32_t maxVersion = 0;
	Guid id;           ///< of the set or the copy that was made
	bool flag = false; ///< supported, or present
	int32_t compatibility = 0;
	std::string name; ///< OwnerMachineName, or the exposed share
	int64_t created = 0;
};

} // namespace fss::requester
