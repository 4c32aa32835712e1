// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "fss.h"
#include "protocol/Names.h"
#include "provider/btrfs/BtrfsFs.h"
#include "snapper_backend/ExposedSnapshot.h"

#include <cerrno>
#include <cstring>

struct fss_exposed {
	fss::snapper::ExposedSnapshot snapshot;
};

char *fss_exposed_base(const char *service)
{
	try {
		const auto name = fss::ExposedName::parse(service);
		return name ? strdup(name->share.c_str()) : nullptr;
	} catch (const std::exception &) { // out of memory: no share has this name
		return strdup("");
	}
}

int fss_exposed_open(const char *service, const char *path, fss_exposed **exposed, char **detail)
{
	*exposed = nullptr;
	return fss::abi::guarded(detail, [&] {
		auto opened = fss::snapper::ExposedSnapshot::open(service, path);
		if (!opened)
			return fss::abi::report(opened.error(), detail);
		if (*opened)
			*exposed = new fss_exposed{std::move(**opened)};
		return 0;
	});
}

void fss_exposed_close(fss_exposed *exposed)
{
	delete exposed;
}

int fss_exposed_chdir(const fss_exposed *exposed, const char *path)
{
	if (!exposed->snapshot.holds(path))
		return 1;
	const int errnum = exposed->snapshot.changeTo(path);
	errno = errnum;
	return errnum == 0 ? 0 : -1;
}

int fss_exposed_resolve(const fss_exposed *exposed, const char *path)
{
	return exposed->snapshot.resolve(path).release();
}

char *fss_path_of(int fd)
{
	const auto path = fss::btrfs::pathOf(fd);
	if (path)
		return strdup(path->c_str());
	errno = path.error().errnum;
	return nullptr;
}
