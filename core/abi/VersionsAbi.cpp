// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "agent/Options.h"
#include "fss.h"
#include "provider/Versions.h"

#include <cerrno>
#include <cstring>

struct fss_versions {
	fss::KnownVersions known;
};

using fss::abi::guarded;
using fss::abi::report;

int fss_versions_allowed(const char *const *modules, char **detail)
{
	return guarded(detail, [&] {
		for (; modules != nullptr && *modules != nullptr; modules++)
			if (auto allowed = fss::allowVersionsBeside(*modules); !allowed)
				return report(allowed.error(), detail);
		return 0;
	});
}

int fss_versions_open(const char *path, const char *store, const char *provider,
                      fss_versions **versions, char **detail)
{
	*versions = nullptr;
	return guarded(detail, [&] {
		// The agent complains of one that it does not understand.
		const auto choice = fss::parseProvider(provider != nullptr ? provider : "auto")
		                            .value_or(fss::ProviderChoice::Auto);
		auto source = fss::versionsOf(path, store != nullptr ? store : "", choice);
		if (!source)
			return report(source.error(), detail);
		if (*source != nullptr)
			*versions = new fss_versions{fss::KnownVersions(std::move(*source))};
		return 0;
	});
}

void fss_versions_close(fss_versions *versions)
{
	delete versions;
}

int fss_versions_list(fss_versions *versions, fss_version_fn fn, void *arg, char **detail)
{
	return guarded(detail, [&] {
		const auto list = versions->known.list();
		if (!list)
			return report(list.error(), detail);
		for (const auto &version : *list)
			fn(arg, version.time);
		return 0;
	});
}

char *fss_versions_known(fss_versions *versions, int64_t time)
{
	try {
		const auto directory = versions->known.known(time);
		return directory ? strdup(directory->c_str()) : nullptr;
	} catch (const std::exception &) { // out of memory
		return nullptr;
	}
}

int fss_versions_find(fss_versions *versions, int64_t time, char **directory, char **detail)
{
	return guarded(detail, [&] {
		const auto found = versions->known.find(time);
		if (!found)
			return report(found.error(), detail);
		*directory = strdup(found->c_str());
		return *directory != nullptr ? 0 : ENOMEM;
	});
}

bool fss_versions_let_go(fss_versions *versions)
{
	return versions->known.closeUnused();
}

bool fss_versions_holds(const fss_versions *versions, const char *path, int64_t *time,
                        const char **below)
{
	try {
		const auto *version = versions->known.at(path);
		if (version == nullptr)
			return false;
		*time = version->time;
		*below = path + version->directory.size();
		return true;
	} catch (const std::exception &) { // out of memory
		return false;
	}
}
