/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "includes.h"
#include <syslog.h>
#include "version.h"
#include "fss_host.h"
#include "fss_version.h"

const char *fss_version_built(void)
{
	return SAMBA_VERSION_OFFICIAL_STRING;
}

const char *fss_version_running(void)
{
	return samba_version_string();
}

bool fss_version_is_served(void)
{
	const char *built = fss_version_built();
	const char *running = fss_version_running();
	size_t length = strlen(built);

	/* The distribution's suffix begins with a hyphen. */
	return strncmp(running, built, length) == 0 &&
	       (running[length] == '\0' || running[length] == '-');
}

bool fss_samba_version_matches(const char *what)
{
	if (fss_version_is_served()) {
		return true;
	}
	DEBUG(0, ("%s was built for Samba %s but Samba %s is running, and is "
		  "not used; install the samba-fss built for that one "
		  "(samba-fss-rebuild)\n",
		  what, fss_version_built(), fss_version_running()));
	/* Before a configuration is loaded, Samba's own log may lead nowhere. */
	syslog(LOG_DAEMON | LOG_ERR,
	       "%s was built for Samba %s but Samba %s is running", what,
	       fss_version_built(), fss_version_running());
	return false;
}
