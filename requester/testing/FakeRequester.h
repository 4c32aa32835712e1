// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/ShadowCopyRequester.h"
#include "requester/catalog/Catalog.h"

#include <map>
#include <optional>

namespace fss::requester {

/// A requester whose servers make every shadow copy at once, for tests of
/// what is built on the interface. With a catalog it keeps that as the real
/// one does.
class FakeRequester : public ShadowCopyRequester {
public:
	explicit FakeRequester(Catalog *catalog = nullptr) : catalog_(catalog) {}

	Result<ShadowSet> create(const SetSpec &spec) override;
	Result<ShadowSet> recoveryComplete(const ShadowSet &set) override;
	Result<void> abort(const ShadowSet &set) override;
	Result<void> deleteShareMapping(const ShadowSet &set, const ShadowCopy &copy) override;
	Result<ShadowCopy> mapping(const ShadowCopy &copy) override;
	Result<PathSupport> isPathSupported(const Unc &share) override;
	Result<PathShadowCopied> isPathShadowCopied(const Unc &share) override;

	/// The next call fails with this.
	std::optional<Failure> nextFailure;
	/// What is on the servers.
	std::vector<ShadowSet> sets;
	/// What create() was called with.
	std::vector<SetSpec> specs;
	/// OwnerMachineName for every host; empty: the host.
	std::string owner;

private:
	std::optional<Failure> takeFailure();

	Catalog *catalog_;
};

} // namespace fss::requester
