// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/protocol/UnfinishedSet.h"

#include "protocol/HResult.h"
#include "requester/protocol/Codes.h"

#include <fmt/format.h>

namespace fss::requester {

namespace {

// It is over within this, or the set is left to the server's timer.
constexpr uint32_t exposeMilliseconds = 60'000;

bool is(const Reply &reply, HResult code)
{
	return static_cast<HResult>(reply.result) == code;
}

// Servers of different generations: MS-FSRVP 3.1.4.12 has two codes, and
// Samba's agent a third.
bool meansUnknown(const Reply &reply)
{
	return is(reply, HResult::ObjectNotFound) || is(reply, HResult::SetIdMismatch) ||
	       is(reply, HResult::InvalidArg);
}

// What makes a set deletable that is in the state of BAD_STATE: Committed
// becomes Exposed, Exposed becomes Recovered.
Result<void> leadOn(const CallFunction &call, const Guid &set)
{
	auto exposed = call(
	        {.method = FSS_EXPOSE_SHADOW_COPY_SET, .number = exposeMilliseconds, .set = set});
	if (!exposed)
		return failed(exposed.error());
	auto recovered = call({.method = FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET, .set = set});
	if (!recovered)
		return failed(recovered.error());
	return {};
}

} // namespace

void UnfinishedSet::saw(const Request &request, const Reply &reply)
{
	if (reply.result != 0)
		return;
	switch (request.method) {
	case FSS_START_SHADOW_COPY_SET:
		exists_ = true;
		id_ = reply.id;
		copies_.clear();
		break;
	case FSS_ADD_TO_SHADOW_COPY_SET:
		copies_.push_back({reply.id, request.share});
		break;
	default:
		break;
	}
}

void UnfinishedSet::assume(const Guid &set, std::vector<Copy> copies)
{
	exists_ = true;
	id_ = set;
	copies_ = std::move(copies);
}

Result<void> deleteMapping(const CallFunction &call, const std::string &server, const Guid &set,
                           const Guid &copy, const std::string &share)
{
	auto reply = call(
	        {.method = FSS_DELETE_SHARE_MAPPING, .set = set, .copy = copy, .share = share});
	if (!reply)
		return failed(reply.error());
	if (reply->result == 0 || meansUnknown(*reply))
		return {};
	return failed(refusal(server, FSS_DELETE_SHARE_MAPPING, share, reply->result));
}

Result<void> takeBack(const CallFunction &call, const std::string &server, const UnfinishedSet &set)
{
	if (!set.exists())
		return {};
	auto aborted = call({.method = FSS_ABORT_SHADOW_COPY_SET, .set = set.id()});
	if (!aborted)
		return failed(aborted.error());
	if (aborted->result != 0 && !meansUnknown(*aborted) && set.copies().empty())
		return failed(refusal(server, FSS_ABORT_SHADOW_COPY_SET, set.id().text(),
		                      aborted->result));

	for (const UnfinishedSet::Copy &copy : set.copies()) {
		auto deleted = deleteMapping(call, server, set.id(), copy.id, copy.share);
		if (!deleted && static_cast<HResult>(deleted.error().code) == HResult::BadState) {
			if (auto led = leadOn(call, set.id()); !led)
				return led;
			deleted = deleteMapping(call, server, set.id(), copy.id, copy.share);
		}
		if (!deleted)
			return deleted;
	}
	return {};
}

} // namespace fss::requester
