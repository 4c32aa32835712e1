// SPDX-License-Identifier: GPL-3.0-or-later
#include "abi/Guarded.h"
#include "fss.h"
#include "protocol/Names.h"
#include "provider/ExposedSnapshot.h"
#include "provider/btrfs/BtrfsFs.h"
#include "publish/ShareDefinition.h"

#include <cerrno>
#include <cstring>
#include <string>

struct fss_exposed {
	fss::ExposedSnapshot snapshot;
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

int fss_exposed_compare(const fss_parameter *base, size_t base_count, const fss_parameter *exposed,
                        size_t exposed_count, char **different)
{
	const auto parameters = [](const fss_parameter *all, size_t count) {
		fss::ShareParameters out;
		for (size_t i = 0; i < count; i++)
			out.emplace_back(all[i].name, all[i].value);
		return out;
	};
	*different = nullptr;
	try {
		const auto found = fss::differenceInView(parameters(base, base_count),
		                                         parameters(exposed, exposed_count));
		if (!found)
			return 0;
		*different = strdup(found->c_str());
		return EACCES;
	} catch (const std::exception &) {
		return ENOMEM;
	}
}

int fss_exposed_open(const fss_exposed_place *place, fss_exposed **exposed, char **detail)
{
	*exposed = nullptr;
	return fss::abi::guarded(detail, [&] {
		const auto text = [](const char *value) { return std::string(value ? value : ""); };
		auto opened = fss::ExposedSnapshot::open({text(place->service), text(place->path),
		                                          text(place->uuid), text(place->volume)});
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

int fss_exposed_root(const fss_exposed *exposed)
{
	return exposed->snapshot.root();
}

enum fss_exposed_way fss_exposed_way_to(const fss_exposed *exposed, const char *path,
                                        const char **inside)
{
	const auto &snapshot = exposed->snapshot;
	if (snapshot.holds(path)) {
		// Of a path's own characters, but for the root's, which is a literal.
		*inside = snapshot.inside(path).data();
		return FSS_EXPOSED_INSIDE;
	}
	return snapshot.liesBelow(path) ? FSS_EXPOSED_ABOVE : FSS_EXPOSED_OUTSIDE;
}

int fss_exposed_may_enter(const fss_exposed *exposed)
{
	return exposed->snapshot.mayEnter();
}

char *fss_path_of(int fd)
{
	const auto path = fss::btrfs::pathOf(fd);
	if (path)
		return strdup(path->c_str());
	errno = path.error().errnum;
	return nullptr;
}
