// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Fd.h"

#include <chrono>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace fss {

/// The program that calls the hooks of a share's VFS modules, fss_snap_helper.
struct HookProgram {
	std::string program;       ///< absolute path
	std::string configuration; ///< smb.conf
	std::string logFile;
	std::string records; ///< directory for HookRecord; made where need be
};

/// A call of one hook, in a process of its own: a module may block, run scripts
/// or crash.
///
///     PROGRAM SMB.CONF LOG-FILE check SHARE PATH
///     PROGRAM SMB.CONF LOG-FILE create SHARE VOLUME writable|read-only
///     PROGRAM SMB.CONF LOG-FILE delete SHARE VOLUME SNAPSHOT
///     PROGRAM SMB.CONF LOG-FILE guard SHARE PATH USER ADDRESS
///
/// It speaks in lines on a socket, its descriptor 0: the answer (HookAnswer.h),
/// and with `create` before it "ready", upon which it waits for "go", and behind
/// it "done". Descriptor 3 is the shadow copy's HookRecord, whose lock it keeps
/// for as long as it runs. The process ends by itself when it is not told to go;
/// a hook that was called is not cut short by the end of this object.
class HookProcess {
public:
	using Time = std::chrono::steady_clock::time_point;

	/// record: descriptor, or -1.
	static Result<HookProcess> start(const HookProgram &program,
	                                 const std::vector<std::string> &words, int record = -1);

	HookProcess(HookProcess &&) = default;
	HookProcess &operator=(HookProcess &&) = default;
	~HookProcess();

	/// Its next line, without the newline.
	/// Errors: ETIMEDOUT; EPIPE where it has ended, and then nothing of it is
	/// left, scripts included.
	Result<std::string> line(Time until);
	Result<void> send(std::string_view text);
	/// Ends it with all that it has started.
	void kill();

private:
	HookProcess(pid_t pid, Fd channel) : pid_(pid), channel_(std::move(channel)) {}

	pid_t pid_ = -1; ///< leads a process group
	Fd channel_;
	std::string read_; ///< and not returned yet
};

} // namespace fss
