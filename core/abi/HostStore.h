// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fss.h"
#include "store/StateStore.h"

namespace fss {

/// One of the host's stores (fss_host_ops). How long it keeps what is committed
/// is its own.
class HostStore : public StateStore {
public:
	HostStore(const fss_host_ops &ops, void *host, fss_store store)
	        : ops_(ops), host_(host), store_(store)
	{
	}

	Result<void> begin() override;
	Result<void> commit(Durability durability) override;
	void cancel() override;
	Result<std::optional<std::string>> fetch(const std::string &key) override;
	Result<void> put(const std::string &key, std::string_view value) override;
	Result<void> erase(const std::string &key) override;
	Result<void>
	each(const std::function<void(std::string_view, std::string_view)> &fn) override;

private:
	const fss_host_ops &ops_;
	void *host_;
	fss_store store_;
};

} // namespace fss
