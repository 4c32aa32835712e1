// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/worker/Wire.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace fss::requester {

using nlohmann::json;

namespace {

// Names come from servers: what is no UTF-8 is shown as such, not thrown.
std::string text(const json &object)
{
	return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Guid guid(const json &object, const char *key)
{
	auto parsed = Guid::parse(object.at(key).get<std::string>());
	if (!parsed)
		throw std::invalid_argument("no GUID");
	return *parsed;
}

} // namespace

std::string encode(const Request &request)
{
	return text({{"method", static_cast<int>(request.method)},
	             {"number", request.number},
	             {"set", request.set.text()},
	             {"copy", request.copy.text()},
	             {"share", request.share}});
}

std::string encode(const Reply &reply)
{
	return text({{"result", reply.result},
	             {"minVersion", reply.minVersion},
	             {"maxVersion", reply.maxVersion},
	             {"id", reply.id.text()},
	             {"flag", reply.flag},
	             {"compatibility", reply.compatibility},
	             {"name", reply.name},
	             {"created", reply.created}});
}

std::string encode(const Failure &failure)
{
	return text({{"failure", static_cast<int>(failure.kind)},
	             {"server", failure.server},
	             {"step", failure.step},
	             {"code", failure.code},
	             {"reason", failure.reason},
	             {"advice", failure.advice}});
}

std::string encodeRelease()
{
	return R"({"release":true})";
}

std::optional<Request> decodeRequest(const std::string &message)
{
	const json object = json::parse(message);
	if (object.contains("release"))
		return std::nullopt;
	Request request;
	request.method = static_cast<Method>(object.at("method").get<int>());
	request.number = object.at("number").get<uint32_t>();
	request.set = guid(object, "set");
	request.copy = guid(object, "copy");
	request.share = object.at("share").get<std::string>();
	return request;
}

Result<Reply> decodeReply(const std::string &message)
{
	const json object = json::parse(message);
	if (object.contains("failure"))
		return failed({.kind = static_cast<FailureKind>(object.at("failure").get<int>()),
		               .server = object.at("server").get<std::string>(),
		               .step = object.at("step").get<std::string>(),
		               .code = object.at("code").get<uint32_t>(),
		               .reason = object.at("reason").get<std::string>(),
		               .advice = object.at("advice").get<std::string>()});
	Reply reply;
	reply.result = object.at("result").get<uint32_t>();
	reply.minVersion = object.at("minVersion").get<uint32_t>();
	reply.maxVersion = object.at("maxVersion").get<uint32_t>();
	reply.id = guid(object, "id");
	reply.flag = object.at("flag").get<bool>();
	reply.compatibility = object.at("compatibility").get<int32_t>();
	reply.name = object.at("name").get<std::string>();
	reply.created = object.at("created").get<int64_t>();
	return reply;
}

} // namespace fss::requester
