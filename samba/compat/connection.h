/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Include after Samba's "includes.h". */
#ifndef FSS_COMPAT_CONNECTION_H
#define FSS_COMPAT_CONNECTION_H

struct messaging_context;
struct auth_session_info;
struct connection_struct;

/* A connection to a share without a client, on the talloc stack. Where Samba
 * changes into the share's directory for it, the caller is in / afterwards. */
NTSTATUS fss_connect_without_client(struct messaging_context *msg_ctx,
				    int snum,
				    const char *path,
				    const struct auth_session_info *session,
				    struct connection_struct **conn);

#endif /* FSS_COMPAT_CONNECTION_H */
