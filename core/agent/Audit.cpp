// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/Agent.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss {

namespace {

// Methods that make, show, change or remove something.
bool isAudited(fss_method method)
{
	switch (method) {
	case FSS_START_SHADOW_COPY_SET:
	case FSS_ADD_TO_SHADOW_COPY_SET:
	case FSS_PREPARE_SHADOW_COPY_SET:
	case FSS_COMMIT_SHADOW_COPY_SET:
	case FSS_EXPOSE_SHADOW_COPY_SET:
	case FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET:
	case FSS_ABORT_SHADOW_COPY_SET:
	case FSS_DELETE_SHARE_MAPPING:
		return true;
	default:
		return false;
	}
}

// What a client or scanner writes may not forge a line of the log.
std::string printable(std::string text)
{
	std::replace_if(
	        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; },
	        '?');
	return text;
}

// A value of its own, whatever a client has put into it.
std::string quoted(std::string text)
{
	text = printable(std::move(text));
	std::replace(text.begin(), text.end(), '"', '\'');
	return '"' + text + '"';
}

} // namespace

// docs/options.md, "The log", names these fields: programs read them.
void Agent::audit(const Call &call, HResult result, const Subject &subject,
                  const std::string &detail)
{
	auto line =
	        fmt::format("op={} account={} client={} result=0x{:08X} code={}", call.operation(),
	                    quoted(call.caller().account), quoted(call.caller().address),
	                    static_cast<uint32_t>(result), name(result));
	if (subject.set)
		line += " set=" + subject.set->text();
	if (!subject.shares.empty())
		line += " shares=" + quoted(subject.shares);
	if (!detail.empty())
		line += " detail=" + quoted(detail);
	host_.audit(line);
}

void Agent::auditAbandoned(const Call &call, const SetId &set)
{
	if (isAudited(call.method()))
		audit(call, HResult::WaitFailed, set, "the client did not wait for the answer");
}

void Agent::turnAway(const CallPtr &call, const Error &error)
{
	audit(*call, error.code, {}, error.text());
	const auto &caller = call->caller();
	host_.error(fmt::format("{} at {} may not use the shadow copy agent: {}",
	                        printable(caller.account), printable(caller.address),
	                        error.text()));
	pending_.failures[static_cast<uint32_t>(error.code)]++;
	call->answer(error.code);
}

void Agent::conclude(const CallPtr &call, const Result<Answer> &result, const Subject &subject)
{
	if (!result)
		return refuse(call, result.error(), subject);
	if (isAudited(call->method()))
		audit(*call, HResult::Ok, subject);
	call->answer(HResult::Ok, *result);
}

void Agent::refuse(const CallPtr &call, const Error &error, const Subject &subject)
{
	const auto text = printable(error.text());
	if (isAudited(call->method()))
		audit(*call, error.code, subject, text);
	countFailure(error.code);
	// What an administrator can mend is told at every log level.
	const bool mendable = error.code == HResult::NotSupported || error.code == HResult::Fail ||
	                      error.code == HResult::InsufficientStorage;
	host_.write(mendable ? FSS_LOG_ERROR : FSS_LOG_NOTICE,
	            fmt::format("{}: {}: {}", call->operation(), name(error.code), text));
	call->answer(error.code);
}

void Agent::countFailure(HResult code)
{
	pending_.failures[static_cast<uint32_t>(code)]++;
	count_ = count_ ? count_ : clock_.sinceBoot() + countPause;
	executor_.wakeAt(std::min(std::max(*count_, mayCount_), wake_));
}

} // namespace fss
