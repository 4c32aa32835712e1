// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Survey.h"

#include <algorithm>

namespace fssctl {

namespace {

using std::chrono::seconds;

SetView viewOf(const fss::ShadowCopySet &set, fss::ServerState &state, fss::Clock &clock)
{
	SetView view;
	view.set = set;
	view.worked = set.job && set.job->owner.alive();
	const auto *session = state.sessionOf(set.id);
	if (session == nullptr)
		return view;
	view.clientConnected = session->connected && session->worker.alive();
	if (session->deadline) {
		const auto now = clock.sinceBoot();
		const auto left = session->deadline->past(now) ? fss::Clock::Duration(0)
		                                               : session->deadline->sinceBoot - now;
		view.timerLeft = std::chrono::ceil<seconds>(left); // 0: it has elapsed
	}
	return view;
}

} // namespace

std::optional<int64_t> SetView::created() const
{
	std::optional<int64_t> earliest;
	for (const auto &copy : set.copies) {
		const auto time = fss::unixSeconds(copy.taken != 0 ? copy.taken : copy.created);
		earliest = std::min(earliest.value_or(time), time);
	}
	return earliest;
}

std::string SetView::state() const
{
	if (set.undoing)
		return "removing";
	switch (set.status) {
	case fss::Status::Started:
		return "started";
	case fss::Status::Added:
		return "added";
	case fss::Status::CreationInProgress:
		return "creation-in-progress";
	case fss::Status::Committed:
		return "committed";
	case fss::Status::Exposed:
		return "exposed";
	case fss::Status::Recovered:
		return "recovered";
	}
	return "unknown";
}

const SetView *Survey::find(const fss::SetId &id) const
{
	for (const auto &view : sets)
		if (view.set.id == id)
			return &view;
	return nullptr;
}

const SetView *Survey::findCopy(const fss::CopyId &id) const
{
	for (const auto &view : sets)
		for (const auto &copy : view.set.copies)
			if (copy.id == id)
				return &view;
	return nullptr;
}

fss::Result<Survey> readSurvey(fss::Journal &journal, fss::Clock &clock)
{
	auto transaction = journal.begin();
	if (!transaction)
		return tl::unexpected(transaction.error());
	Survey survey;
	survey.now = fss::unixSeconds(clock.fileTime());
	auto read = transaction->eachSet([&](const fss::ShadowCopySet &set) {
		survey.sets.push_back(viewOf(set, transaction->state(), clock));
	});
	if (!read)
		return tl::unexpected(read.error());
	auto counters = transaction->counters();
	if (!counters)
		return tl::unexpected(counters.error());
	survey.counters = *counters;
	std::sort(survey.sets.begin(), survey.sets.end(), [](const auto &a, const auto &b) {
		// Those without a time have only just begun.
		const auto late = std::pair(a.created().value_or(INT64_MAX), a.set.id.text());
		return late < std::pair(b.created().value_or(INT64_MAX), b.set.id.text());
	});
	return survey;
}

} // namespace fssctl
