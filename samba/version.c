/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include "version.h"
#include "fss_host.h"

bool fss_samba_version_matches(const char *what)
{
	const char *built = SAMBA_VERSION_STRING;
	const char *running = samba_version_string();

	if (strcmp(built, running) == 0) {
		return true;
	}
	DEBUG(0, ("%s was built for Samba %s but Samba %s is running, and is "
		  "not used; install the samba-fss built for %s\n",
		  what, built, running, running));
	return false;
}
