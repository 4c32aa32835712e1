// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Guid.h"
#include "fss.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fss {

/// Who calls; the strings are copies, the session is valid during the call of
/// Agent::call() only.
struct Caller {
	std::string account;
	std::string user; ///< its name in Unix; "": root
	std::string address;
	uint64_t connection = 0;
	fss_protection protection = FSS_PROTECTION_NONE;
	bool permitted = false; ///< may use the agent at all
	const void *session = nullptr;
};

/// What a method answers on success; a method fills what it has.
struct Answer {
	uint32_t minVersion = 0;
	uint32_t maxVersion = 0;
	SetId set;
	CopyId copy;
	bool supported = false;
	std::string owner;
	bool present = false;
	int32_t compatibility = 0;
	std::string shareNameUnc;
	std::optional<std::string> exposedName;
	int64_t created = 0;
};

/// A call that has not been answered yet. Held by whoever will answer it.
class Call {
public:
	using Done = std::function<void(HResult, const Answer &)>;

	/// operation: what is done where it is none of the protocol's methods.
	Call(fss_method method, Caller caller, Done done, std::string operation = {})
	        : method_(method),
	          operation_(std::move(operation)),
	          caller_(std::move(caller)),
	          done_(std::move(done))
	{
	}

	/// Answers, once; a second answer is dropped.
	void answer(HResult result, const Answer &answer = {})
	{
		if (auto done = std::exchange(done_, nullptr))
			done(result, answer);
	}
	bool answered() const { return done_ == nullptr; }
	/// The client is gone.
	void abandon() { abandoned_ = std::exchange(done_, nullptr) != nullptr; }
	bool abandoned() const { return abandoned_; }

	fss_method method() const { return method_; }
	/// For the log and the audit trail.
	std::string_view operation() const;
	const Caller &caller() const { return caller_; }

private:
	fss_method method_;
	std::string operation_;
	Caller caller_;
	Done done_;
	bool abandoned_ = false;
};

using CallPtr = std::shared_ptr<Call>;

/// The protocol's name of a method.
std::string_view name(fss_method method);

} // namespace fss
