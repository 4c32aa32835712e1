// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "fss.h"
#include "protect/HiddenStores.h"
#include "protect/ModuleOrder.h"

struct fss_stores {
	fss::HiddenStores hidden;
};

namespace {

std::vector<std::string> list(const char *const *texts)
{
	std::vector<std::string> out;
	for (; texts != nullptr && *texts != nullptr; texts++)
		out.emplace_back(*texts);
	return out;
}

std::string_view orEmpty(const char *text)
{
	return text != nullptr ? text : std::string_view();
}

// Without memory nobody knows, and so the answer is the careful one.
template <class Fn> bool careful(Fn fn) noexcept
{
	try {
		return fn();
	} catch (const std::exception &) {
		return true;
	}
}

} // namespace

int fss_stores_open(const char *share, const char *const *configured, fss_stores **stores,
                    char **detail)
{
	*stores = nullptr;
	return fss::abi::guarded(detail, [&] {
		*stores = new fss_stores{fss::HiddenStores(share, list(configured))};
		return 0;
	});
}

void fss_stores_close(fss_stores *stores)
{
	delete stores;
}

bool fss_stores_hide(const fss_stores *stores, const char *directory, const char *path)
{
	return stores != nullptr &&
	       careful([&] { return stores->hidden.hides(orEmpty(directory), path); });
}

bool fss_stores_hide_entry(const fss_stores *stores, const char *directory, const char *name)
{
	return stores != nullptr &&
	       careful([&] { return stores->hidden.hidesEntry(orEmpty(directory), name); });
}

bool fss_stores_hide_below(const fss_stores *stores, const char *path)
{
	return stores != nullptr && careful([&] { return stores->hidden.hidesBelow(path); });
}

bool fss_stores_lead_to_share(const fss_stores *stores, const char *directory, const char *path)
{
	try {
		return stores != nullptr && stores->hidden.leadsToShare(orEmpty(directory), path);
	} catch (const std::exception &) {
		return false;
	}
}

bool fss_stores_lie_below(const fss_stores *stores, const char *directory, const char *path)
{
	return stores != nullptr &&
	       careful([&] { return stores->hidden.liesBelow(orEmpty(directory), path); });
}

bool fss_stores_hold(const fss_stores *stores, int fd)
{
	return stores != nullptr && careful([&] { return stores->hidden.holds(fd); });
}

int fss_module_order(const char *const *modules, char **detail)
{
	return fss::abi::guarded(detail, [&] {
		const auto fault = fss::misplacedModules(list(modules));
		if (fault.empty())
			return 0;
		*detail = strdup(fault.c_str());
		return EINVAL;
	});
}
