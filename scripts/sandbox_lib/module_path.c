/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a sandbox's daemons. Samba loads VFS modules from its own
 * directory only; this lets it find fss.so in a build tree instead, whose
 * path is in SAMBA_FSS_MODULE.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int is_our_module(const char *path)
{
	static const char end[] = "/vfs/fss.so";
	size_t length = path != NULL ? strlen(path) : 0;

	return length >= strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

void *dlopen(const char *path, int flags)
{
	void *(*next)(const char *, int) = dlsym(RTLD_NEXT, "dlopen");
	const char *module = getenv("SAMBA_FSS_MODULE");

	return next(module != NULL && is_our_module(path) ? module : path, flags);
}
