// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/HostAdapter.h"

#include <cerrno>
#include <fmt/format.h>
#include <memory>

namespace fss {

namespace {

// What succeeded is not made a failure by want of memory for a text: a
// transaction that has begun would stay open.
Result<void> checked(int errnum, const char *where, const char *step, const char *object = "")
{
	if (errnum == 0)
		return {};
	return fail(HResult::Fail, fmt::format("{}: {}{}", where, step, object), errnum,
	            "is Samba's state directory writable, and is there room?");
}

Result<void> storeResult(int errnum, const char *step)
{
	return checked(errnum, "state store", step);
}

Result<void> publishResult(int errnum, const char *step, const std::string &share = "")
{
	return checked(errnum, "registry shares", step, share.c_str());
}

// What a callback fills. No exception may pass through the host's frames: it
// is carried around them.
template <class T> struct Filled {
	T &target;
	std::exception_ptr thrown{};

	template <class Fn> static void fill(void *arg, Fn fn) noexcept
	{
		auto &self = *static_cast<Filled *>(arg);
		try {
			if (!self.thrown)
				fn(self.target);
		} catch (...) {
			self.thrown = std::current_exception();
		}
	}
	void rethrow() const
	{
		if (thrown)
			std::rethrow_exception(thrown);
	}
};

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
	if (errnum != 0)
		return fail(HResult::Fail, fmt::format("look up share '{}'", name), errnum);
	return ShareInfo{share.name, share.path, share.uses_module, share.available};
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

Result<void> HostAdapter::begin()
{
	return storeResult(ops_.store_begin(host_), "begin a transaction");
}

Result<void> HostAdapter::commit()
{
	return storeResult(ops_.store_commit(host_), "commit a transaction");
}

void HostAdapter::cancel()
{
	ops_.store_cancel(host_);
}

Result<std::optional<std::string>> HostAdapter::fetch(const std::string &key)
{
	std::string value;
	Filled<std::string> filled{value};
	const int errnum = ops_.store_fetch(
	        host_, key.c_str(),
	        [](void *arg, const void *data, size_t size) {
		        Filled<std::string>::fill(arg, [&](std::string &text) {
			        text.assign(static_cast<const char *>(data), size);
		        });
	        },
	        &filled);
	filled.rethrow();
	if (errnum == ENOENT)
		return std::nullopt;
	if (auto result = storeResult(errnum, "read a record"); !result)
		return tl::unexpected(result.error());
	return value;
}

Result<void> HostAdapter::put(const std::string &key, std::string_view value)
{
	return storeResult(ops_.store_put(host_, key.c_str(), value.data(), value.size()),
	                   "write a record");
}

Result<void> HostAdapter::erase(const std::string &key)
{
	return storeResult(ops_.store_erase(host_, key.c_str()), "erase a record");
}

Result<void> HostAdapter::each(const std::function<void(std::string_view, std::string_view)> &fn)
{
	using Visitor = const std::function<void(std::string_view, std::string_view)>;
	Filled<Visitor> filled{fn};
	const int errnum = ops_.store_each(
	        host_,
	        [](void *arg, const char *key, const void *data, size_t size) {
		        Filled<Visitor>::fill(arg, [&](Visitor &visit) {
			        visit(key, {static_cast<const char *>(data), size});
		        });
	        },
	        &filled);
	filled.rethrow();
	return storeResult(errnum, "read all records");
}

Result<ShareParameters> HostAdapter::definition(const std::string &share)
{
	ShareParameters parameters;
	Filled<ShareParameters> filled{parameters};
	const int errnum = ops_.share_definition(
	        host_, share.c_str(),
	        [](void *arg, const char *name, const char *value) {
		        Filled<ShareParameters>::fill(arg, [&](ShareParameters &list) {
			        list.emplace_back(name, value);
		        });
	        },
	        &filled);
	filled.rethrow();
	if (errnum == ENOENT)
		return fail(HResult::ObjectNotFound,
		            fmt::format("share {} has no definition", share));
	if (auto result = publishResult(errnum, "read share ", share); !result)
		return tl::unexpected(result.error());
	return parameters;
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
	if (auto committed = publishResult(ops_.publish_commit(host_), "commit"); !committed)
		return committed;
	ops_.announce(host_);
	return {};
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
	for (const auto &name : names)
		ops_.disconnect(host_, name.c_str());
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
	return changeShares([&]() -> Result<void> {
		for (const auto &name : names) {
			auto result = publishResult(
			        ops_.publish_set(host_, name.c_str(), "read only", "yes"),
			        "make read-only ", name);
			if (!result)
				return result;
		}
		return {};
	});
}

bool HostAdapter::isPublished(const std::string &name)
{
	return ops_.is_published(host_, name.c_str());
}

} // namespace fss
