// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Call.h"

#include <array>

namespace fss {

std::string_view name(fss_method method)
{
	static constexpr std::array<std::string_view, 13> names{"GetSupportedVersion",
	                                                        "SetContext",
	                                                        "StartShadowCopySet",
	                                                        "AddToShadowCopySet",
	                                                        "CommitShadowCopySet",
	                                                        "ExposeShadowCopySet",
	                                                        "RecoveryCompleteShadowCopySet",
	                                                        "AbortShadowCopySet",
	                                                        "IsPathSupported",
	                                                        "IsPathShadowCopied",
	                                                        "GetShareMapping",
	                                                        "DeleteShareMapping",
	                                                        "PrepareShadowCopySet"};
	const auto index = static_cast<size_t>(method);
	return index < names.size() ? names[index] : "unknown method";
}

std::string_view Call::operation() const
{
	return operation_.empty() ? name(method_) : operation_;
}

} // namespace fss
