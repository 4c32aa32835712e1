/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An exposed share's clients have the rights that its base share gives them. */
#ifndef FSS_BASE_SHARE_H
#define FSS_BASE_SHARE_H

struct connection_struct;

/* What a connection may do in the base share. */
struct fss_base_rights {
	bool bound;    /* false: it is to no exposed share, and all else is 0 */
	uint64_t vuid; /* the session that was asked about */
	bool read_only;
	uint32_t access; /* share access mask */
};

/*
 * Whether the connection's session could connect to the base share of an exposed
 * share now. Logs why not. To be called as root, from the connect hook.
 * service: the share's name; any other share admits all.
 */
bool fss_base_share_admits(struct connection_struct *conn, const char *service,
			   struct fss_base_rights *rights);

/* Leaves the connection no right that its session has not in the base share. */
void fss_narrow(struct connection_struct *conn,
		const struct fss_base_rights *rights);

#endif /* FSS_BASE_SHARE_H */
