// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ShareDefinition.h"

#include "protect/ModuleOrder.h"
#include "publish/ModuleList.h"
#include "publish/StreamsDepot.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unordered_set>

namespace fss {

namespace {

void replaceAll(std::string &text, std::string_view from, std::string_view to)
{
	for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
		text.replace(at, from.size(), to);
}

// smbd replaces %-variables in most values. %S, the service's name, has to
// stay the base share's ("valid users = %S" in [homes]).
std::string valueFor(std::string value, const std::string &base)
{
	replaceAll(value, "%S", base);
	return value;
}

std::string literal(std::string text)
{
	replaceAll(text, "%", "%%");
	return text;
}

bool has(const ShareParameters &parameters, std::string_view name)
{
	return std::any_of(parameters.begin(), parameters.end(), [&](const auto &parameter) {
		return normalisedParameter(parameter.first) == normalisedParameter(name);
	});
}

// One that is not in the table is of a module of somebody else's, which may be
// needed to read the files at all.
bool keeps(const std::string &member)
{
	const auto *row = findModule(moduleName(member));
	return row == nullptr || row->treatment == Treatment::Keep ||
	       row->treatment == Treatment::Rewrite;
}

// The depot in the snapshot, and the number by which its files were known.
void takeDepot(ShareParameters &out, const ShareParameters &base, const Exposure &exposure)
{
	const auto below = depotBelow(exposure.base, base, exposure.basePath);
	std::erase_if(out, [](const auto &parameter) {
		return normalisedParameter(parameter.first) == depotOption;
	});
	if (below && !below->empty())
		out.emplace_back(depotOption, literal(exposure.path + "/" + *below));
}

void takeModules(ShareParameters &out, std::string_view value)
{
	auto members = moduleList(value);
	std::erase_if(members, [](const auto &member) { return !keeps(member); });
	// It asks whether the base share would let a client in.
	if (!usesModule(value, "fss"))
		members = orderedModules(members);
	// Without any it is set, too: [global] may have some.
	out.emplace_back("vfs objects", joinedModules(members));
}

// What the modules must not do there, whatever the base share lets them do.
void takeModuleOptions(ShareParameters &out)
{
	for (const auto &member : moduleList(modulesIn(out)))
		if (const auto *row = findModule(moduleName(member)); row && !row->option.empty())
			out.emplace_back(row->option, row->value);
}

void rewrite(ShareParameters &out, const ParameterRow &row, const std::string &value)
{
	if (row.name == "vfs objects")
		takeModules(out, value);
	else if (row.name == "map readonly")
		out.emplace_back(row.name,
		                 normalisedParameter(value) == "permissions" ? "yes" : value);
}

void take(ShareParameters &out, const std::string &parameter, const std::string &value)
{
	const auto *row = findParameter(parameter);
	if (row == nullptr) { // parametric, or of a later Samba
		out.emplace_back(parameter, value);
		return;
	}
	switch (row->treatment) {
	case Treatment::Keep:
		out.emplace_back(parameter, value);
		break;
	case Treatment::Drop:
		if (value != row->value)
			out.emplace_back(row->name, row->value);
		break;
	case Treatment::Rewrite:
		rewrite(out, *row, value);
		break;
	case Treatment::Omit:
	case Treatment::Replace:
	case Treatment::Refuse:
		break;
	}
}

// What a client's base share is compared by.
constexpr std::string_view basePathOption = "fss:base path";

std::string valueOf(const ShareParameters &parameters, std::string_view name)
{
	std::string value;
	for (const auto &[parameter, text] : parameters)
		if (normalisedParameter(parameter) == normalisedParameter(name))
			value = text;
	return value;
}

// Whether the exposed share has it from its base share.
bool comesFromBase(const std::string &parameter)
{
	const auto *row = findParameter(parameter);
	if (row == nullptr)
		return !normalisedParameter(parameter).starts_with("fss:") &&
		       normalisedParameter(parameter) != depotOption;
	return row->treatment == Treatment::Keep || row->name == "vfs objects";
}

std::map<std::string, std::string> comparable(const ShareParameters &parameters)
{
	std::map<std::string, std::string> out;
	for (const auto &[parameter, value] : parameters)
		if (comesFromBase(parameter))
			out[parameter] = parameter == "vfs objects"
			                         ? joinedModules(moduleList(value))
			                         : value;
	return out;
}

// Where one is set several times, the last one counts.
ShareParameters lastOfEach(const ShareParameters &parameters)
{
	ShareParameters out;
	std::unordered_set<std::string> seen;
	for (auto from = parameters.rbegin(); from != parameters.rend(); ++from) {
		const auto *row = findParameter(from->first);
		const std::string name(row != nullptr ? row->name : from->first);
		if (seen.insert(normalisedParameter(name)).second)
			out.emplace_back(name, from->second);
	}
	std::reverse(out.begin(), out.end());
	return out;
}

} // namespace

ShareParameters exposedDefinition(const ShareParameters &base, const Exposure &exposure)
{
	ShareParameters out;
	for (const auto &[parameter, value] : lastOfEach(base))
		take(out, parameter, valueFor(value, exposure.base));
	takeModuleOptions(out);
	out = lastOfEach(out);
	// vfs_fss lets users in by these, and nobody where something else is there.
	const bool usesDepot = usesModule(modulesIn(out), depotModule);
	if (usesDepot)
		takeDepot(out, base, exposure);
	if (!exposure.snapshot.empty())
		out.emplace_back("fss:snapshot", exposure.snapshot);
	if (!exposure.snapshot.empty() || usesDepot)
		out.emplace_back("fss:volume", exposure.baseVolume);
	if (exposure.viewpoint == Viewpoint::Client)
		out.emplace_back(basePathOption, valueOf(base, "path"));
	out.emplace_back("path", literal(exposure.path));
	out.emplace_back("comment", literal(exposure.comment));
	out.emplace_back("read only", exposure.writable ? "no" : "yes");
	for (const auto &row : parameterTable())
		if (row.treatment == Treatment::Replace && !row.value.empty())
			out.emplace_back(row.name, row.value);
	return out;
}

std::optional<std::string> differenceInView(const ShareParameters &base,
                                            const ShareParameters &exposed)
{
	if (!has(exposed, basePathOption))
		return std::nullopt;
	if (valueOf(base, "path") != valueOf(exposed, basePathOption))
		return "path";
	// What is changed on the way is changed in the same way.
	const auto was = comparable(lastOfEach(exposed));
	const auto is = comparable(exposedDefinition(base, {}));
	for (const auto &[name, value] : was)
		if (!is.contains(name) || is.at(name) != value)
			return name;
	for (const auto &[name, value] : is)
		if (!was.contains(name))
			return name;
	return std::nullopt;
}

ShareParameters withDefaults(const ShareParameters &share, const ShareParameters &defaults)
{
	ShareParameters out;
	for (const auto &parameter : defaults) {
		const auto *row = findParameter(parameter.first);
		const bool changed = row != nullptr
		                             ? row->treatment == Treatment::Drop ||
		                                       row->treatment == Treatment::Rewrite
		                             : normalisedParameter(parameter.first) == depotOption;
		if (changed && !has(share, row != nullptr ? row->name : depotOption))
			out.push_back(parameter);
	}
	out.insert(out.end(), share.begin(), share.end());
	return out;
}

std::string modulesIn(const ShareParameters &parameters)
{
	std::string value;
	for (const auto &[parameter, text] : parameters)
		if (const auto *row = findParameter(parameter); row && row->name == "vfs objects")
			value = text;
	return value;
}

Result<void> checkReadable(const std::string &share, std::string_view vfsObjects)
{
	for (const auto &member : moduleList(vfsObjects)) {
		const auto *row = findModule(moduleName(member));
		if (row != nullptr && row->treatment == Treatment::Refuse)
			return fail(
			        HResult::NotSupported,
			        fmt::format("share {} cannot be read from a snapshot as it was: "
			                    "the module {} {}",
			                    share, row->name, row->reason),
			        0,
			        fmt::format("take {} out of its vfs objects (acl_xattr and "
			                    "streams_xattr keep all in the files)",
			                    row->name));
	}
	return {};
}

Result<void> checkReadable(const std::string &share, const ShareParameters &definition,
                           const std::string &path)
{
	const auto modules = modulesIn(definition);
	auto readable = checkReadable(share, modules);
	if (!readable || !usesModule(modules, depotModule))
		return readable;
	return depotBelow(share, definition, path).map([](const auto &) {});
}

} // namespace fss
