// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/ShadowCopyRequester.h"
#include "requester/set/SetMaker.h"

namespace fss::requester {

/// ShadowCopyRequester over real servers. The parts must outlive it.
class Requester : public ShadowCopyRequester {
public:
	explicit Requester(Parts parts) : parts_(std::move(parts)) {}

	Result<ShadowSet> create(const SetSpec &spec) override;
	Result<ShadowSet> recoveryComplete(const ShadowSet &set) override;
	Result<void> abort(const ShadowSet &set) override;
	Result<void> deleteShareMapping(const ShadowSet &set, const ShadowCopy &copy) override;
	Result<ShadowCopy> mapping(const ShadowCopy &copy) override;
	Result<PathSupport> isPathSupported(const Unc &share) override;
	Result<PathShadowCopied> isPathShadowCopied(const Unc &share) override;

private:
	Result<ServerSide> connect(const std::string &host);
	Result<Reply> ask(const std::string &host, const Request &request,
	                  const std::string &object);
	Deadline callDeadline() const;

	Parts parts_;
};

} // namespace fss::requester
