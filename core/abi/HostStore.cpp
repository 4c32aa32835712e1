// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/HostStore.h"

#include "abi/HostResult.h"

#include <cerrno>

namespace fss {

namespace {

Result<void> storeResult(int errnum, const char *step)
{
	return hostResult(errnum, "state store", step,
	                  "are Samba's state and lock directories writable, and is there room?");
}

} // namespace

Result<void> HostStore::begin()
{
	return storeResult(ops_.store_begin(host_, store_), "begin a transaction");
}

Result<void> HostStore::commit(Durability)
{
	return storeResult(ops_.store_commit(host_, store_), "commit a transaction");
}

void HostStore::cancel()
{
	ops_.store_cancel(host_, store_);
}

Result<std::optional<std::string>> HostStore::fetch(const std::string &key)
{
	std::string value;
	Filled<std::string> filled{value};
	const int errnum = ops_.store_fetch(
	        host_, store_, key.c_str(),
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

Result<void> HostStore::put(const std::string &key, std::string_view value)
{
	return storeResult(ops_.store_put(host_, store_, key.c_str(), value.data(), value.size()),
	                   "write a record");
}

Result<void> HostStore::erase(const std::string &key)
{
	return storeResult(ops_.store_erase(host_, store_, key.c_str()), "erase a record");
}

Result<void> HostStore::each(const std::function<void(std::string_view, std::string_view)> &fn)
{
	using Visitor = const std::function<void(std::string_view, std::string_view)>;
	Filled<Visitor> filled{fn};
	const int errnum = ops_.store_each(
	        host_, store_,
	        [](void *arg, const char *key, const void *data, size_t size) {
		        Filled<Visitor>::fill(arg, [&](Visitor &visit) {
			        visit(key, {static_cast<const char *>(data), size});
		        });
	        },
	        &filled);
	filled.rethrow();
	return storeResult(errnum, "read all records");
}

} // namespace fss
