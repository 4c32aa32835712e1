// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/HResult.h"

#include <array>
#include <utility>

namespace fss {

namespace {

struct Row {
	Situation situation;
	HResult interoperable;
	HResult current;
};

// interoperable: the protocol's text of 2012 to 2014, which early Windows
// servers and Samba follow and smbtorture asks for. current: revision 16.
constexpr std::array dialects{
        Row{Situation::UnknownSet, HResult::InvalidArg, HResult::SetIdMismatch},
        Row{Situation::UnknownCopyInDelete, HResult::InvalidArg, HResult::ObjectNotFound},
        Row{Situation::MappingOfRecovered, HResult::Ok, HResult::BadState},
};

constexpr std::array<std::pair<HResult, std::string_view>, 17> names{{
        {HResult::Ok, "OK"},
        {HResult::AccessDenied, "E_ACCESSDENIED"},
        {HResult::InvalidArg, "E_INVALIDARG"},
        {HResult::Fail, "E_FAIL"},
        {HResult::BadState, "FSRVP_E_BAD_STATE"},
        {HResult::ObjectNotFound, "FSRVP_E_OBJECT_NOT_FOUND"},
        {HResult::NotSupported, "FSRVP_E_NOT_SUPPORTED"},
        {HResult::ObjectAlreadyExists, "FSRVP_E_OBJECT_ALREADY_EXISTS"},
        {HResult::MaximumVolumes, "VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED"},
        {HResult::SetInProgress, "FSRVP_E_SHADOW_COPY_SET_IN_PROGRESS"},
        {HResult::MaximumSnapshots, "VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED"},
        {HResult::UnsupportedContext, "FSRVP_E_UNSUPPORTED_CONTEXT"},
        {HResult::InsufficientStorage, "VSS_E_INSUFFICIENT_STORAGE"},
        {HResult::CommitTimeout, "FSSAGENT_E_TIMEOUT"},
        {HResult::SetIdMismatch, "FSRVP_E_SHADOWCOPYSET_ID_MISMATCH"},
        {HResult::WaitTimeout, "FSRVP_E_WAIT_TIMEOUT"},
        {HResult::WaitFailed, "FSRVP_E_WAIT_FAILED"},
}};

} // namespace

HResult answerTo(Situation situation, Dialect dialect)
{
	for (const auto &row : dialects)
		if (row.situation == situation)
			return dialect == Dialect::Current ? row.current : row.interoperable;
	return HResult::Fail;
}

std::string_view name(HResult code)
{
	for (const auto &[known, text] : names)
		if (known == code)
			return text;
	return "HRESULT";
}

} // namespace fss
