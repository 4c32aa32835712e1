// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fss {

/// The codes a client can get: MS-FSRVP 2.2.4, and those VSS codes that its
/// rules or Windows servers use besides.
enum class HResult : uint32_t {
	Ok = 0,
	AccessDenied = 0x80070005,
	InvalidArg = 0x80070057,
	Fail = 0x80004005,
	BadState = 0x80042301,
	ObjectNotFound = 0x80042308,
	NotSupported = 0x8004230C,
	ObjectAlreadyExists = 0x8004230D,
	MaximumVolumes = 0x80042312, ///< VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED
	SetInProgress = 0x80042316,
	MaximumSnapshots = 0x80042317, ///< VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED
	UnsupportedContext = 0x8004231B,
	InsufficientStorage = 0x8004231F, ///< VSS_E_INSUFFICIENT_STORAGE
	CommitTimeout = 0x80042500,       ///< FSSAGENT_E_TIMEOUT, 3.1.4.5
	SetIdMismatch = 0x80042501,
	WaitTimeout = 0x00000102,
	WaitFailed = 0xFFFFFFFF,
};

/// Which generation of error numbers clients are answered with
/// ("fss:error codes").
enum class Dialect { Interoperable, Current };

/// Situations for which servers of different generations send different
/// codes.
enum class Situation {
	UnknownSet,          ///< a set id that no live set has
	UnknownCopyInDelete, ///< DeleteShareMapping, 3.1.4.12 step 4
	MappingOfRecovered,  ///< GetShareMapping on a Recovered set, 3.1.4.11 step 3
};

/// The one table of dialects. Ok means that the call goes on.
HResult answerTo(Situation situation, Dialect dialect);

/// The symbolic name, for logs; "HRESULT" for one that is not listed.
std::string_view name(HResult code);

} // namespace fss
