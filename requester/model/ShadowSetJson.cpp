// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/model/ShadowSetJson.h"

#include "base/Clock.h"

#include <ctime>
#include <fmt/chrono.h>

namespace fss::requester {

using nlohmann::json;

namespace {

// Thrown and caught in this file: what is wrong with a document.
struct Malformed : std::runtime_error {
	using std::runtime_error::runtime_error;
};

template <class AnyId> AnyId idAt(const json &object, const char *key)
{
	auto id = AnyId::parse(object.at(key).get<std::string>());
	if (!id)
		throw Malformed(fmt::format("'{}' is no GUID", key));
	return *id;
}

ShadowCopy copyOf(const json &object)
{
	ShadowCopy copy;
	copy.id = idAt<CopyId>(object, "id");
	copy.given = object.at("given").get<std::string>();
	copy.host = object.at("host").get<std::string>();
	copy.share = object.at("share").get<std::string>();
	copy.server = object.at("server").get<std::string>();
	copy.serverSetId = idAt<SetId>(object, "serverSetId");
	copy.serverCopyId = idAt<CopyId>(object, "serverCopyId");
	copy.exposedName = object.at("exposedName").get<std::string>();
	copy.created = object.at("createdFileTime").get<int64_t>();
	return copy;
}

ShadowSet setOf(const json &object)
{
	ShadowSet set;
	set.id = idAt<SetId>(object, "id");
	const auto context = Context::parse(object.at("context").get<uint32_t>());
	if (!context)
		throw Malformed("'context' is none of MS-FSRVP");
	set.context = *context;
	const auto state = setStateOf(object.at("state").get<std::string>());
	if (!state)
		throw Malformed("'state' is unknown");
	set.state = *state;
	set.created = object.at("createdFileTime").get<int64_t>();
	for (const json &copy : object.at("copies"))
		set.copies.push_back(copyOf(copy));
	return set;
}

} // namespace

std::string isoTime(int64_t fileTime)
{
	if (fileTime == 0)
		return {};
	return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
	                   fmt::gmtime(static_cast<time_t>(unixSeconds(fileTime))));
}

json toJson(const ShadowCopy &copy)
{
	return {
	        {"id", copy.id.text()},
	        {"given", copy.given},
	        {"host", copy.host},
	        {"share", copy.share},
	        {"server", copy.server},
	        {"serverSetId", copy.serverSetId.text()},
	        {"serverCopyId", copy.serverCopyId.text()},
	        {"exposedName", copy.exposedName},
	        {"exposedUnc", copy.exposedUnc()},
	        {"created", isoTime(copy.created)},
	        {"createdFileTime", copy.created},
	};
}

json toJson(const ShadowSet &set)
{
	json copies = json::array();
	for (const ShadowCopy &copy : set.copies)
		copies.push_back(toJson(copy));
	return {
	        {"id", set.id.text()},
	        {"context", set.context.value()},
	        {"persistent", set.context.persistent()},
	        {"autoRecovery", set.context.autoRecovery()},
	        {"state", name(set.state)},
	        {"created", isoTime(set.created)},
	        {"createdFileTime", set.created},
	        {"copies", std::move(copies)},
	};
}

json toJson(const Failure &failure)
{
	return {
	        {"kind", name(failure.kind)}, {"exitCode", exitCode(failure.kind)},
	        {"server", failure.server},   {"step", failure.step},
	        {"code", failure.code},       {"reason", failure.reason},
	        {"advice", failure.advice},   {"leftBehind", failure.leftBehind},
	        {"text", failure.text()},
	};
}

Result<ShadowSet> shadowSetOf(const json &object)
{
	try {
		return setOf(object);
	} catch (const std::exception &error) {
		return failed({.kind = FailureKind::Local,
		               .step = "read a shadow copy set",
		               .reason = error.what()});
	}
}

} // namespace fss::requester
