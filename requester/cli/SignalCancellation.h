// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Fd.h"
#include "requester/model/Watch.h"

namespace fss::requester {

/// SIGINT, SIGTERM and SIGHUP, from its making on: they no longer end the
/// process, which takes back what it was doing and ends by itself.
class SignalCancellation : public Cancellation {
public:
	SignalCancellation();
	bool requested() const override;
	int fd() const override { return fd_.get(); }

private:
	Fd fd_; ///< a signalfd that is never read: once requested, for ever
};

} // namespace fss::requester
