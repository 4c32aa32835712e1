// SPDX-License-Identifier: GPL-3.0-or-later
#include "provider/vfs/HookAnswer.h"

#include "base/PathText.h"

#include <cerrno>
#include <climits>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

namespace fss {

namespace {

using nlohmann::json;

struct Made {
	std::string path;
};
using Answer = std::variant<Made, Error>;

std::optional<std::string> textOf(const json &object, const char *name)
{
	const auto member = object.find(name);
	if (member == object.end() || !member->is_string())
		return std::nullopt;
	auto text = unescapedPath(member->get<std::string>());
	if (!text || text->empty() || text->find('\0') != text->npos)
		return std::nullopt;
	return text;
}

std::optional<Answer> success(const json &object)
{
	auto path = textOf(object, "path");
	if (!path || object.size() != 2 || path->front() != '/' || path->size() >= PATH_MAX)
		return std::nullopt;
	return Made{std::move(*path)};
}

std::optional<Answer> failure(const json &object)
{
	const auto step = textOf(object, "step");
	const auto status = textOf(object, "status");
	const auto errnum = object.find("errno");
	const auto unsupported = object.find("unsupported");
	if (!step || !status || object.size() != 5 || errnum == object.end() ||
	    !errnum->is_number_integer() || unsupported == object.end() ||
	    !unsupported->is_boolean())
		return std::nullopt;
	const auto code = unsupported->get<bool>() ? HResult::NotSupported : HResult::Fail;
	return fail(code, fmt::format("{}: {}", *step, *status), errnum->get<int>()).value();
}

std::optional<Answer> parse(const std::string &line)
{
	const auto object = json::parse(line, nullptr, false);
	if (!object.is_object())
		return std::nullopt;
	const auto good = object.find("ok");
	if (good == object.end() || !good->is_boolean())
		return std::nullopt;
	return good->get<bool>() ? success(object) : failure(object);
}

} // namespace

Result<std::string> hookAnswer(const std::string &line)
{
	auto answer = parse(line);
	if (!answer)
		return fail(HResult::Fail, "understand the snapshot helper", EBADMSG,
		            "is it of the same version as rpcd_fss?");
	if (auto *error = std::get_if<Error>(&*answer))
		return tl::unexpected(std::move(*error));
	return std::get<Made>(std::move(*answer)).path;
}

bool isHookAnswer(const std::string &line)
{
	return parse(line).has_value();
}

} // namespace fss
