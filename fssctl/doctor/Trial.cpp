// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Trial.h"

#include <fmt/format.h>

namespace fss::doctor {

Finding runTrial(Trial &trial, const std::string &share)
{
	constexpr const char *check = "trial";
	const auto failed = [&](const char *step, const Error &error) {
		// Others may be at it: that is no fault of the server's.
		const bool busy = error.code == HResult::SetInProgress;
		return Finding{
		        check, share, busy ? Verdict::Info : Verdict::Error,
		        busy ? fmt::format("no trial {}: a client makes a shadow copy set just now",
		                           trial.way())
		             : fmt::format("a trial {} failed to {}: {}", trial.way(), step,
		                           error.text()),
		        busy ? std::vector<Remedy>() : trial.remedies(error)};
	};
	const auto created = trial.create(share);
	const auto read = created ? trial.read() : created;
	const auto removed = trial.remove();
	if (!created)
		return failed("make a shadow copy", created.error());
	if (!read)
		return failed("read the shadow copy", read.error());
	if (!removed)
		return failed("delete the shadow copy", removed.error());
	return ok(check, share,
	          fmt::format("a shadow copy was made, read and deleted {}", trial.way()));
}

} // namespace fss::doctor
