/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The upstream version of Samba that this was built for. Private interfaces may
 * change between two of them, and the libraries' symbol versions are not asked
 * for (see stubs.py). So every program checks this before it uses anything else
 * of Samba's. A distribution's revisions of one upstream version are all served.
 */
#ifndef FSS_VERSION_H
#define FSS_VERSION_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *fss_version_built(void);   /* "4.22.11" */
const char *fss_version_running(void); /* "4.22.11-Debian-4.22.11+dfsg-0+deb13u1" */

/* Whether the running one is the one that this was built for. */
bool fss_version_is_served(void);

#ifdef __cplusplus
}
#endif

#endif /* FSS_VERSION_H */
