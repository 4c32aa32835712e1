// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "publish/SharePublisher.h"
#include "testing/Faults.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace fss {

/// A share configuration in memory, changed all or nothing.
class FakePublisher : public SharePublisher, public Faulty {
public:
	Result<ShareParameters> definition(const std::string &share) override;
	Result<void> publish(const std::vector<Publication> &shares,
	                     const std::function<Result<void>()> &mayCommit) override;
	Result<void> unpublish(const std::vector<std::string> &names) override;
	Result<void> makeReadOnly(const std::vector<std::string> &names) override;
	void announce() override { announcements++; }
	void disconnect(const std::vector<std::string> &names) override
	{
		disconnected.insert(names.begin(), names.end());
	}
	bool isPublished(const std::string &name) override;

	/// The last value of a published share's parameter, "" where it has none.
	std::string parameter(const std::string &share, const std::string &name) const;

	std::map<std::string, ShareParameters> definitions; ///< of base shares
	std::map<std::string, Publication> published;
	std::optional<Error> failure; ///< of every change while it is set
	std::function<void()> whilePublishing;
	int announcements = 0;
	std::set<std::string> disconnected; ///< by disconnect()
};

} // namespace fss
