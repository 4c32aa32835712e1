// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fss::requester {

/// What sort of failure: decides the exit code of smbshadow and what a caller
/// may do next.
enum class FailureKind {
	Usage,       ///< what was asked for makes no sense
	Unreachable, ///< no connection to the server, or it broke
	Denied,      ///< the server refuses this user
	NotFound,    ///< no such share, set or shadow copy
	Unsupported, ///< the server or the share cannot do it
	Busy,        ///< another set is being made on that server
	Refused,     ///< any other error of the server
	TimedOut,    ///< not done within its time budget
	Hook,        ///< a freeze or thaw command failed or hung
	Local,       ///< a file of this machine: catalog, metadata, copy
	Cancelled,   ///< by SIGINT or SIGTERM
	Incomplete,  ///< some of several things were done
};

/// What went wrong: where, in which step, with which code, and what can be
/// done about it.
struct Failure {
	FailureKind kind = FailureKind::Refused;
	std::string server; ///< as named by the user; empty where it concerns none
	std::string step;   ///< what was tried, with its object: "Commit", "open '/a'"
	uint32_t code = 0;  ///< HRESULT or NTSTATUS of the server, 0: none
	std::string reason; ///< why: the code's name and sense, strerror(), …
	std::string advice; ///< what to do; empty where there is nothing
	/// What was left on a server and could not be taken back; empty: nothing.
	std::string leftBehind = {};

	/// One line: server, step, reason, advice, what was left.
	std::string text() const;
};

/// The exit code of smbshadow for a failure (documented in smbshadow(1)).
int exitCode(FailureKind kind);

/// The kind as --json prints it: "unreachable".
std::string_view name(FailureKind kind);

template <class T> using Result = tl::expected<T, Failure>;

inline tl::unexpected<Failure> failed(Failure failure)
{
	return tl::unexpected(std::move(failure));
}

} // namespace fss::requester
