// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/GuardProcess.h"

#include "provider/vfs/HookAnswer.h"

#include <fmt/format.h>

namespace fss {

Result<void> GuardProcess::ask(const GuardQuestion &question)
{
	const auto refused = [&](const Error &error) {
		return fail(
		        HResult::NotSupported,
		        fmt::format("share {} does not let {} connect: {}", question.share,
		                    question.user.empty() ? "root" : question.user, error.step),
		        error.errnum,
		        "a share that its own guard closes has no shadow copy: see to it that "
		        "the script ends with 0, as when the disk is mounted; what it was called "
		        "with is in log.fss_snap_helper");
	};
	auto process = HookProcess::start(program_, {"guard", question.share, question.path,
	                                             question.user, question.address});
	if (!process)
		return refused(process.error());
	const auto answer = process->line(std::chrono::steady_clock::now() + limit_);
	if (!answer)
		process->kill();
	const auto told = answer.and_then(hookAnswer);
	return told ? Result<void>() : refused(told.error());
}

} // namespace fss
