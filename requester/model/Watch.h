// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace fss::requester {

/// The steps of making and removing shadow copies, in their order.
enum class Phase {
	Connect,
	Add,
	Prepare,
	Freeze,
	Commit,
	Thaw,
	Expose,
	Complete,
	Abort,
	Delete,
};

std::string_view name(Phase phase);

/// One step begins.
struct Progress {
	Phase phase;
	std::string server; ///< empty where it concerns all
	std::string detail; ///< a share, a hook's name, a remark; may be empty
};

using ProgressCallback = std::function<void(const Progress &)>;

/// Whether the user wants to end. Asked between steps, and waited for in
/// steps; a step that undoes something is not interrupted.
class Cancellation {
public:
	virtual ~Cancellation() = default;
	virtual bool requested() const = 0;
	/// Readable once it is requested; -1: never.
	virtual int fd() const = 0;
};

class NeverCancelled : public Cancellation {
public:
	bool requested() const override { return false; }
	int fd() const override { return -1; }
};

} // namespace fss::requester
