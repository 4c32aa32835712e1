// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/model/ShadowSet.h"

#include <algorithm>

namespace fss::requester {

namespace {

// MS-FSRVP 2.2.2.1 and 2.2.2.2
constexpr uint32_t noWriters = 0x00000010;
constexpr uint32_t appRollback = 0x00000009;
constexpr uint32_t autoRecoveryBit = 0x00400000;

} // namespace

Context contextOf(bool persistent, bool autoRecovery, bool writers)
{
	return *Context::parse((persistent ? appRollback : 0) | (writers ? 0 : noWriters) |
	                       (autoRecovery ? autoRecoveryBit : 0));
}

std::string ShadowCopy::exposedUnc() const
{
	return exposedName.empty() ? std::string() : "\\\\" + server + "\\" + exposedName;
}

// Windows' requesters name a share with a backslash behind; for a hidden
// share that decides whether the exposed one is hidden, too (MS-FSRVP 3.1.4.6).
std::string ShadowCopy::wireName() const
{
	return "\\\\" + host + "\\" + share + "\\";
}

std::string_view name(SetState state)
{
	switch (state) {
	case SetState::Making:
		return "making";
	case SetState::Exposed:
		return "exposed";
	case SetState::Recovered:
		return "recovered";
	}
	return "";
}

std::optional<SetState> setStateOf(std::string_view text)
{
	for (SetState state : {SetState::Making, SetState::Exposed, SetState::Recovered})
		if (name(state) == text)
			return state;
	return std::nullopt;
}

fss::Result<Unc> parseShare(std::string_view text)
{
	constexpr std::string_view scheme = "smb:";
	if (text.starts_with(scheme))
		text.remove_prefix(scheme.size());
	std::string unc(text);
	std::replace(unc.begin(), unc.end(), '/', '\\');
	return Unc::parse(unc);
}

} // namespace fss::requester
