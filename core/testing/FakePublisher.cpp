// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/FakePublisher.h"

#include "publish/ShareDefinition.h"

namespace fss {

Result<ShareParameters> FakePublisher::definition(const std::string &share)
{
	if (auto allowed = reading("publisher definition " + share); !allowed)
		return tl::unexpected(allowed.error());
	const auto found = definitions.find(share);
	if (found == definitions.end())
		return fail(HResult::ObjectNotFound, "no definition of " + share);
	return found->second;
}

Result<void> FakePublisher::publish(const std::vector<Publication> &shares,
                                    const std::function<Result<void>()> &mayCommit)
{
	if (failure)
		return tl::unexpected(*failure);
	auto changed = published;
	for (const auto &share : shares) {
		if (auto allowed = writing("publish " + share.name); !allowed)
			return allowed;
		changed[share.name] = share;
	}
	if (whilePublishing)
		whilePublishing();
	if (auto wanted = mayCommit(); !wanted)
		return wanted;
	if (auto allowed = writing("publish"); !allowed)
		return allowed;
	published = changed;
	return writing("publish, done");
}

Result<void> FakePublisher::unpublish(const std::vector<std::string> &names)
{
	if (failure)
		return tl::unexpected(*failure);
	for (const auto &name : names) {
		if (auto allowed = writing("unpublish " + name); !allowed)
			return allowed;
		published.erase(name);
	}
	return writing("unpublish, done");
}

Result<void> FakePublisher::makeReadOnly(const std::vector<std::string> &names)
{
	if (failure)
		return tl::unexpected(*failure);
	for (const auto &name : names) {
		if (auto allowed = writing("make read-only " + name); !allowed)
			return allowed;
		for (auto &[parameter, value] : published.at(name).parameters)
			if (normalisedParameter(parameter) == "readonly")
				value = "yes";
	}
	return writing("make read-only, done");
}

bool FakePublisher::isPublished(const std::string &name)
{
	return reading("is published " + name) && published.contains(name);
}

std::string FakePublisher::parameter(const std::string &share, const std::string &name) const
{
	std::string last;
	const auto found = published.find(share);
	if (found != published.end())
		for (const auto &[parameter, value] : found->second.parameters)
			if (normalisedParameter(parameter) == normalisedParameter(name))
				last = value;
	return last;
}

} // namespace fss
