/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Include after Samba's "includes.h". */
#ifndef FSS_COMPAT_WORKER_H
#define FSS_COMPAT_WORKER_H

struct ndr_interface_table;
struct dcesrv_endpoint_server;

/*
 * The life of a worker of samba-dcerpcd.
 *
 * name: as in smb.conf, for NAME:num_workers and NAME:idle_seconds, whose
 * defaults are workers and idle_seconds.
 * interfaces, servers: of this worker, their number returned; asked for in
 * every process that is to serve.
 */
int fss_worker_main(
	int argc, const char *argv[], const char *name, int workers,
	int idle_seconds,
	size_t (*interfaces)(const struct ndr_interface_table ***ifaces,
			     void *private_data),
	size_t (*servers)(const struct dcesrv_endpoint_server ***servers));

#endif /* FSS_COMPAT_WORKER_H */
