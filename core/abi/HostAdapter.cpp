// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/HostAdapter.h"

#include "abi/HostResult.h"
#include "publish/ShareDefinition.h"

#include <cerrno>
#include <fmt/format.h>
#include <memory>

namespace fss {

namespace {

Result<void> publishResult(int errnum, const char *step, const std::string &share = "")
{
	return hostResult(errnum, "registry shares", step,
	                  "is Samba's state directory writable, and is there room?", share.c_str());
}

Result<void> foreignResult(int errnum, const char *step)
{
	return hostResult(errnum, "srv_fss.tdb in Samba's lock directory", step,
	                  "restore it, or move it away");
}

ForeignRecord foreignOf(const fss_foreign_record &record)
{
	const auto text = [](const char *value) { return std::string(value ? value : ""); };
	ForeignRecord out;
	switch (record.kind) {
	case FSS_FOREIGN_SET:
		out.kind = ForeignRecord::Kind::Set;
		break;
	case FSS_FOREIGN_COPY:
		out.kind = ForeignRecord::Kind::Copy;
		break;
	case FSS_FOREIGN_MAPPING:
		out.kind = ForeignRecord::Kind::Mapping;
		break;
	case FSS_FOREIGN_UNREADABLE:
		break;
	}
	out.key = text(record.key);
	out.children = record.children;
	out.state = record.state;
	out.context = record.context;
	out.volume = text(record.volume);
	out.path = text(record.path);
	out.created = record.created;
	out.share = text(record.share);
	out.exposedName = text(record.exposed_name);
	out.exposed = record.exposed;
	return out;
}

} // namespace

void HostAdapter::write(fss_log_level level, const std::string &line)
{
	ops_.log(host_, level, line.c_str());
}

void HostAdapter::audit(const std::string &line)
{
	ops_.audit(host_, line.c_str());
}

std::optional<std::string> HostAdapter::option(const std::string *share, const std::string &name)
{
	const char *value =
	        ops_.option(host_, share != nullptr ? share->c_str() : nullptr, name.c_str());
	return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

bool HostAdapter::registryShares()
{
	return ops_.registry_shares(host_);
}

Result<ShareInfo> HostAdapter::findShare(const std::string &name, const void *session)
{
	fss_share share{};
	const int errnum = ops_.find_share(host_, name.c_str(), session, &share);
	if (errnum == ENOENT)
		return fail(HResult::ObjectNotFound, fmt::format("there is no share '{}'", name));
	if (errnum == EINVAL)
		return fail(HResult::NotSupported,
		            fmt::format("share {} has a path that depends on who connects", name),
		            0,
		            "a shadow copy would show one user's directory to all: make a share "
		            "of the directory that holds all of them");
	if (errnum == EILSEQ)
		return fail(HResult::NotSupported,
		            fmt::format("the path of share '{}' is no text in Samba's unix charset",
		                        name),
		            errnum,
		            "the registry could not hold an exposed share's path: rename the "
		            "directory, "
		            "or set unix charset to the one of the file system");
	if (errnum != 0)
		return fail(HResult::Fail, fmt::format("look up share '{}'", name), errnum);
	return ShareInfo{share.name, share.path, share.available, share.vfs_objects, share.guarded};
}

Result<std::vector<ConfigurationLine>> HostAdapter::configuration(const std::string &file,
                                                                  const std::string &share)
{
	using Lines = std::vector<ConfigurationLine>;
	Lines lines;
	Filled<Lines> filled{lines};
	const int errnum = ops_.configuration(
	        host_, file.empty() ? nullptr : file.c_str(), share.c_str(),
	        [](void *arg, const char *section, const char *name, const char *value) {
		        Filled<Lines>::fill(arg, [&](Lines &list) {
			        list.push_back({section, name, value});
		        });
	        },
	        &filled);
	filled.rethrow();
	if (errnum != 0)
		return fail(HResult::NotSupported,
		            fmt::format("read {}", file.empty() ? "smb.conf" : file), errnum,
		            "check it with testparm");
	return lines;
}

Result<void> HostAdapter::checkSecurity(const std::string &share)
{
	const int errnum = ops_.check_security(host_, share.c_str());
	if (errnum == 0)
		return {};
	return fail(HResult::NotSupported,
	            fmt::format("read the security descriptor of share {}", share), errnum,
	            "put a sound copy in the place of share_info.tdb in Samba's state directory");
}

std::vector<std::string> HostAdapter::serverNames()
{
	using Names = std::vector<std::string>;
	Names names;
	Filled<Names> filled{names};
	ops_.server_names(
	        host_,
	        [](void *arg, const char *text) {
		        Filled<Names>::fill(arg, [&](Names &list) { list.emplace_back(text); });
	        },
	        &filled);
	filled.rethrow();
	return names;
}

Result<ShareParameters> HostAdapter::parametersOf(const char *share)
{
	ShareParameters parameters;
	Filled<ShareParameters> filled{parameters};
	const int errnum = ops_.share_definition(
	        host_, share,
	        [](void *arg, const char *name, const char *value) {
		        Filled<ShareParameters>::fill(arg, [&](ShareParameters &list) {
			        list.emplace_back(name, value);
		        });
	        },
	        &filled);
	filled.rethrow();
	const std::string section = share != nullptr ? share : "global";
	if (errnum == ENOENT)
		return fail(HResult::ObjectNotFound,
		            fmt::format("share {} has no definition", section));
	if (auto result = publishResult(errnum, "read share ", section); !result)
		return tl::unexpected(result.error());
	return parameters;
}

Result<ShareParameters> HostAdapter::definition(const std::string &share)
{
	auto own = parametersOf(share.c_str());
	if (!own)
		return own;
	return parametersOf(nullptr).map(
	        [&](const auto &defaults) { return withDefaults(*own, defaults); });
}

Result<void> HostAdapter::changeShares(const std::function<Result<void>()> &changes)
{
	if (auto begun = publishResult(ops_.publish_begin(host_), "begin"); !begun)
		return begun;
	auto changed = caught(changes);
	if (!changed) {
		ops_.publish_cancel(host_);
		return changed;
	}
	return publishResult(ops_.publish_commit(host_), "commit");
}

Result<void> HostAdapter::publish(const std::vector<Publication> &shares,
                                  const std::function<Result<void>()> &mayCommit)
{
	return changeShares([&]() -> Result<void> {
		for (const auto &share : shares) {
			std::vector<fss_parameter> parameters;
			for (const auto &[name, value] : share.parameters)
				parameters.push_back({name.c_str(), value.c_str()});
			const int errnum =
			        ops_.publish(host_, share.name.c_str(), parameters.data(),
			                     parameters.size(), share.base.c_str());
			if (auto result = publishResult(errnum, "publish ", share.name); !result)
				return result;
		}
		return mayCommit();
	});
}

Result<void> HostAdapter::unpublish(const std::vector<std::string> &names)
{
	// First the clients: after the change smbd no longer knows the share.
	disconnect(names);
	return changeShares([&]() -> Result<void> {
		for (const auto &name : names) {
			auto result = publishResult(ops_.unpublish(host_, name.c_str()),
			                            "unpublish ", name);
			if (!result)
				return result;
		}
		return {};
	});
}

Result<void> HostAdapter::makeReadOnly(const std::vector<std::string> &names)
{
	auto changed = changeShares([&]() -> Result<void> {
		for (const auto &name : names) {
			auto result = publishResult(
			        ops_.publish_set(host_, name.c_str(), "read only", "yes"),
			        "make read-only ", name);
			if (!result)
				return result;
		}
		return {};
	});
	if (changed)
		announce();
	return changed;
}

void HostAdapter::disconnect(const std::vector<std::string> &names)
{
	for (const auto &name : names)
		ops_.disconnect(host_, name.c_str());
}

void HostAdapter::announce()
{
	ops_.announce(host_);
}

bool HostAdapter::isPublished(const std::string &name)
{
	return ops_.is_published(host_, name.c_str());
}

Result<std::vector<ForeignRecord>> HostAdapter::foreignRecords()
{
	using Records = std::vector<ForeignRecord>;
	Records records;
	Filled<Records> filled{records};
	const int errnum = ops_.foreign_each(
	        host_,
	        [](void *arg, const fss_foreign_record *record) {
		        Filled<Records>::fill(
		                arg, [&](Records &list) { list.push_back(foreignOf(*record)); });
	        },
	        &filled);
	filled.rethrow();
	if (auto read = foreignResult(errnum, "read"); !read)
		return tl::unexpected(read.error());
	return records;
}

Result<void> HostAdapter::eraseForeign(const std::vector<std::string> &keys)
{
	std::vector<const char *> pointers;
	pointers.reserve(keys.size());
	for (const auto &key : keys)
		pointers.push_back(key.c_str());
	return foreignResult(ops_.foreign_erase(host_, pointers.data(), pointers.size()),
	                     "erase what was taken over from");
}

} // namespace fss
