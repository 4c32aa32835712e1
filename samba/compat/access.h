/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may connect to a share. Include after Samba's "smbd/smbd.h". */
#ifndef FSS_COMPAT_ACCESS_H
#define FSS_COMPAT_ACCESS_H

struct auth_session_info;
struct connection_struct;

/* The session that a connection belongs to, as it logged in; without a client
 * the one that the connection was made for. NULL: it has ended. */
struct auth_session_info *fss_session_of(
	const struct connection_struct *conn);

/* Whether the share takes clients of this connection only encrypted. */
bool fss_requires_encryption(const struct connection_struct *conn, int snum);

/* Whether "server addresses" lets clients come to the share by this address. */
bool fss_serves_address(int snum, const struct tsocket_address *local);

/* Whether "admin users" of the share names the session. */
bool fss_is_admin(int snum, const struct auth_session_info *session);

#endif /* FSS_COMPAT_ACCESS_H */
