// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/protocol/Codes.h"

#include "agent/Call.h"
#include "protocol/HResult.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::requester {

namespace {

struct Meaning {
	HResult code;
	FailureKind kind;
	std::string_view sense;
	std::string_view advice;
};

// MS-FSRVP 2.2.4, and VSS's codes with the same numbers.
constexpr Meaning meanings[] = {
        {HResult::AccessDenied, FailureKind::Denied,
         "the server does not let this user make shadow copies",
         "make the user a member of Backup Operators or Administrators on the server"},
        {HResult::InvalidArg, FailureKind::Refused, "the server does not know what was named", ""},
        {HResult::BadState, FailureKind::Refused, "the set is not in the state for this",
         "another client may have taken over, or the server was restarted; try again"},
        {HResult::ObjectNotFound, FailureKind::NotFound, "the server does not know it", ""},
        {HResult::NotSupported, FailureKind::Unsupported,
         "the server cannot make shadow copies of this share",
         "its path must lie on storage with snapshots, without other volumes below; the server's "
         "log says more"},
        {HResult::ObjectAlreadyExists, FailureKind::Unsupported,
         "the set has a shadow copy of that volume already",
         "this server wants shares of one volume in sets of their own"},
        {HResult::MaximumVolumes, FailureKind::Refused,
         "the server allows no more volumes in a set", ""},
        {HResult::SetInProgress, FailureKind::Busy,
         "another shadow copy set is being made on the server",
         "try again when that is done; one that was given up is removed by the server after 3 to "
         "30 minutes"},
        {HResult::MaximumSnapshots, FailureKind::Refused,
         "the volume has as many shadow copies as are allowed",
         "delete some: 'smbshadow list', 'smbshadow delete'"},
        {HResult::UnsupportedContext, FailureKind::Unsupported,
         "the server does not know this kind of set",
         "try without --auto-recovery or --persistent"},
        {HResult::InsufficientStorage, FailureKind::Refused,
         "the volume has too little room for a shadow copy",
         "delete shadow copies or files on the server"},
        {HResult::CommitTimeout, FailureKind::TimedOut, "the snapshots were not made in time",
         "try again when the server is less busy"},
        {HResult::SetIdMismatch, FailureKind::NotFound, "the server does not know the set",
         "it was removed, or has timed out"},
        {HResult::WaitTimeout, FailureKind::TimedOut, "the server was not done in time",
         "try again when it is less busy"},
        {HResult::WaitFailed, FailureKind::Refused, "the server could not wait for its own work",
         "its log says more"},
        {HResult::Fail, FailureKind::Refused, "the server failed", "its log says why"},
};

// Samba's agent and Windows before 2022 say E_INVALIDARG for these.
Meaning meaningOfInvalidArg(Method method)
{
	switch (method) {
	case FSS_IS_PATH_SUPPORTED:
	case FSS_IS_PATH_SHADOW_COPIED:
	case FSS_ADD_TO_SHADOW_COPY_SET:
		return {HResult::InvalidArg, FailureKind::NotFound, "the server has no such share",
		        "'smbclient -L //SERVER' lists its shares"};
	case FSS_SET_CONTEXT:
		return {HResult::InvalidArg, FailureKind::Unsupported,
		        "the server does not know this kind of set",
		        "try without --auto-recovery or --persistent"};
	default:
		return {HResult::InvalidArg, FailureKind::NotFound,
		        "the server does not know the set or shadow copy",
		        "it was removed, or has timed out"};
	}
}

Meaning meaningOf(Method method, HResult code)
{
	if (code == HResult::InvalidArg)
		return meaningOfInvalidArg(method);
	const auto *found = std::ranges::find(meanings, code, &Meaning::code);
	if (found == std::end(meanings))
		return {code, FailureKind::Refused, "the server failed", "its log says why"};
	Meaning meaning = *found;
	const bool aboutShare =
	        method == FSS_IS_PATH_SUPPORTED || method == FSS_ADD_TO_SHADOW_COPY_SET;
	if (code == HResult::ObjectNotFound && aboutShare) {
		meaning.sense = "the server has no such share";
		meaning.advice = "'smbclient -L //SERVER' lists its shares";
	}
	return meaning;
}

bool among(std::string_view name, std::initializer_list<std::string_view> names)
{
	return std::ranges::find(names, name) != names.end();
}

bool isLogonFailure(std::string_view name)
{
	return among(name, {"NT_STATUS_LOGON_FAILURE", "NT_STATUS_ACCESS_DENIED",
	                    "NT_STATUS_WRONG_PASSWORD", "NT_STATUS_NO_SUCH_USER",
	                    "NT_STATUS_ACCOUNT_DISABLED", "NT_STATUS_ACCOUNT_LOCKED_OUT",
	                    "NT_STATUS_PASSWORD_EXPIRED", "NT_STATUS_PASSWORD_MUST_CHANGE",
	                    "NT_STATUS_ACCOUNT_EXPIRED", "NT_STATUS_ACCOUNT_RESTRICTION",
	                    "NT_STATUS_NO_LOGON_SERVERS", "NT_STATUS_TRUSTED_DOMAIN_FAILURE",
	                    "NT_STATUS_INVALID_WORKSTATION", "NT_STATUS_LOGON_TYPE_NOT_GRANTED"});
}

// What Samba says when it cannot even begin to log in, before the server is asked.
bool hasNothingToLogOnWith(const TransportStatus &status)
{
	return status.stage == TransportStatus::Stage::Session &&
	       status.name == "NT_STATUS_INVALID_PARAMETER";
}

std::string logonAdvice(const std::string &server, const TransportStatus &status)
{
	if (status.stage == TransportStatus::Stage::Pipe)
		return "the server may demand encrypted RPC: leave --sign-only out";
	if (hasNothingToLogOnWith(status))
		return fmt::format(
		        "check user and password; without a password there has to be a "
		        "Kerberos ticket ('klist' shows it, 'kinit' gets it); the KDC has "
		        "to know 'cifs/{}': the server's name, not its address",
		        server);
	if (status.name == "NT_STATUS_NO_LOGON_SERVERS")
		return "does the KDC answer, or the domain controller that the server asks?";
	if (status.name == "NT_STATUS_ACCESS_DENIED")
		return "check the user's rights; Kerberos, where it is required, needs the "
		       "server's name, not its address";
	return "check user and password, or the Kerberos ticket ('klist', 'kinit')";
}

} // namespace

std::string_view name(Method method)
{
	return fss::name(method);
}

Failure refusal(const std::string &server, Method method, const std::string &object, uint32_t code)
{
	const Meaning meaning = meaningOf(method, static_cast<HResult>(code));
	return {.kind = meaning.kind,
	        .server = server,
	        .step = object.empty() ? std::string(name(method))
	                               : fmt::format("{} '{}'", name(method), object),
	        .code = code,
	        .reason = fmt::format("{} ({} 0x{:08X})", meaning.sense,
	                              name(static_cast<HResult>(code)), code),
	        .advice = std::string(meaning.advice)};
}

Failure unreachable(const std::string &server, const std::string &step,
                    const TransportStatus &status)
{
	Failure failure{.kind = FailureKind::Unreachable,
	                .server = server,
	                .step = step,
	                .code = status.code,
	                .reason = fmt::format("{} ({})", status.text, status.name)};
	if (isLogonFailure(status.name) || hasNothingToLogOnWith(status)) {
		failure.kind = FailureKind::Denied;
		failure.advice = logonAdvice(server, status);
	} else if (status.stage == TransportStatus::Stage::Pipe &&
	           among(status.name,
	                 {"NT_STATUS_OBJECT_NAME_NOT_FOUND", "NT_STATUS_NOT_FOUND",
	                  "NT_STATUS_PIPE_NOT_AVAILABLE", "NT_STATUS_NOT_SUPPORTED"})) {
		failure.kind = FailureKind::Unsupported;
		failure.advice = "the server runs no shadow copy agent (Samba: rpcd_fss; Windows: "
		                 "File Server VSS Agent Service)";
	} else if (status.name == "NT_STATUS_IO_TIMEOUT") {
		failure.kind = FailureKind::TimedOut;
		failure.advice = "does the server answer others?";
	} else if (among(status.name, {"NT_STATUS_CONNECTION_REFUSED", "NT_STATUS_HOST_UNREACHABLE",
	                               "NT_STATUS_NETWORK_UNREACHABLE", "NT_STATUS_UNSUCCESSFUL",
	                               "NT_STATUS_NOT_FOUND", "NT_STATUS_BAD_NETWORK_NAME"})) {
		failure.advice =
		        "check the server's name, and that it serves SMB on this port (--port)";
	}
	return failure;
}

} // namespace fss::requester
