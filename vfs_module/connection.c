/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the module knows of a connection: what it must not meet, its way through
 * the write gate, and whether it may write still. */
#include "includes.h"
#include "smbd/smbd.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "base_share.h"
#include "versions.h"

struct fss_connection {
	struct fss_stores *stores;
	struct fss_gate *gate; /* NULL: nothing is held here */
	struct fss_held_writes *held;
	struct fss_file_ids file_ids;
	struct fss_entry last_entry;
	/* -1, or how the end of an exposed share's writability is seen */
	int watch;
	bool sealed;                 /* and stays so */
	struct fss_exposed *exposed; /* NULL: the path is everybody's */
	struct fss_base_rights base;
};

static int fss_connection_destructor(struct fss_connection *connection)
{
	fss_stores_close(connection->stores);
	fss_gate_close(connection->gate);
	fss_exposed_close(connection->exposed);
	if (connection->watch != -1) {
		close(connection->watch);
	}
	return 0;
}

static void fss_connection_free(void **data)
{
	TALLOC_FREE(*data);
}

/* Its writers go on; a set that is made before they are held again fails. */
static void fss_gate_is_lost(struct fss_gate *gate, void *data)
{
	const struct connection_struct *conn = data;
	const char *outcome = "it has joined another";
	char *detail = NULL;
	int err;

	become_root();
	err = fss_gate_rejoin(gate, &detail);
	unbecome_root();
	if (err != 0) {
		outcome = detail != NULL ? detail : strerror(err);
	}
	DBG_ERR("share %s: somebody has cut short or damaged the shared memory by "
		"which this process is held while shadow copies are made: %s. Leave "
		"the files in the directory fss-gate alone\n",
		lp_const_servicename(SNUM(conn)), outcome);
	free(detail);
}

/* A share without a gate is served nevertheless; its sets may be torn. */
static void fss_open_gate(struct fss_connection *connection,
			  struct connection_struct *conn)
{
	char *directory = NULL;
	char *detail = NULL;
	int err;

	if (!lp_parm_bool(SNUM(conn), "fss", "hold", true)) {
		return;
	}
	directory = fss_gate_directory(talloc_tos());
	if (directory == NULL) {
		return;
	}
	err = fss_gate_open(directory, conn->connectpath, fss_gate_is_lost,
			    conn, &connection->gate, &detail);
	if (err != 0) {
		DBG_ERR("share %s: its writers cannot be held while shadow "
			"copies are made: %s\n",
			lp_const_servicename(SNUM(conn)),
			detail != NULL ? detail : strerror(err));
	}
	free(detail);
	TALLOC_FREE(directory);
}

/* Among modules that it cannot work with it is not loaded. */
static bool fss_modules_are_in_order(const struct connection_struct *conn)
{
	const char **modules = lp_vfs_objects(SNUM(conn));
	char *detail = NULL;
	int err = fss_module_order(modules, &detail);

	if (err != 0) {
		DBG_ERR("share %s: %s\n", lp_const_servicename(SNUM(conn)),
			detail != NULL ? detail : strerror(err));
		free(detail);
		errno = err;
		return false;
	}
	return true;
}

/* An exposed share that is read-only stays so. */
static void fss_look_for_seal(struct fss_connection *connection,
			      struct connection_struct *conn)
{
	if (connection->watch == -1 ||
	    !fss_exposed_is_sealed(connection->watch)) {
		return;
	}
	connection->sealed = true;
	close(connection->watch);
	connection->watch = -1;
	fss_make_read_only(conn);
}

/* As root. */
static bool fss_prepare(struct fss_connection *connection,
			struct connection_struct *conn)
{
	connection->stores = fss_stores_for(conn);
	connection->watch = fss_exposed_watch(conn->connectpath);
	fss_look_for_seal(connection, conn);
	fss_file_ids_init(conn, &connection->file_ids);
	fss_open_gate(connection, conn);
	return connection->stores != NULL;
}

static void fss_give_up(struct vfs_handle_struct *handle,
			struct fss_connection *connection)
{
	TALLOC_FREE(connection);
	SMB_VFS_NEXT_DISCONNECT(handle);
	errno = ENOMEM;
}

/* Another snapshot than the share's, or a changed one, is shown to nobody. */
static bool fss_open_exposed(struct fss_connection *connection,
			     struct connection_struct *conn,
			     const char *service)
{
	const struct fss_exposed_place place = {
		.service = service,
		.path = conn->connectpath,
		.uuid = lp_parm_const_string(SNUM(conn), "fss", "snapshot",
					     NULL),
		.volume = lp_parm_const_string(SNUM(conn), "fss", "volume",
					       NULL),
	};
	char *detail = NULL;
	int err = fss_exposed_open(&place, &connection->exposed, &detail);

	if (err != 0) {
		DBG_ERR("share %s: %s\n", service,
			detail != NULL ? detail : strerror(err));
	}
	free(detail);
	return err == 0 &&
	       (connection->exposed == NULL ||
		fss_exposed_set_up(conn, connection->exposed));
}

int fss_vfs_connect(struct vfs_handle_struct *handle,
		    const char *service,
		    const char *user)
{
	struct fss_connection *connection = NULL;
	struct fss_base_rights base = { .bound = false };
	bool prepared = false;
	bool reachable = false;
	int ret;

	if (!fss_modules_are_in_order(handle->conn)) {
		return -1;
	}
	if (!fss_base_share_admits(handle->conn, service, &base)) {
		errno = EACCES;
		return -1;
	}
	fss_previous_set_up(handle);
	ret = SMB_VFS_NEXT_CONNECT(handle, service, user);
	if (ret != 0) {
		return ret;
	}
	connection = talloc(handle->conn, struct fss_connection);
	if (connection != NULL) {
		*connection = (struct fss_connection){ .watch = -1,
						       .base = base };
		connection->held = talloc_zero(connection,
					       struct fss_held_writes);
	}
	if (connection == NULL || connection->held == NULL) {
		fss_give_up(handle, connection);
		return -1;
	}
	talloc_set_destructor(connection, fss_connection_destructor);
	become_root();
	prepared = fss_prepare(connection, handle->conn);
	reachable = fss_open_exposed(connection, handle->conn, service);
	unbecome_root();
	if (!prepared) {
		fss_give_up(handle, connection);
		return -1;
	}
	if (!reachable) {
		fss_give_up(handle, connection);
		errno = ENOENT;
		return -1;
	}
	SMB_VFS_HANDLE_SET_DATA(handle, connection, fss_connection_free,
				struct fss_connection, return -1);
	if (!connection->file_ids.mapped) {
		fss_leave_file_ids(handle);
	}
	return 0;
}

bool fss_refuses_writes(const struct vfs_handle_struct *handle)
{
	struct fss_connection *connection = handle->data;

	if (connection == NULL) {
		return false;
	}
	fss_look_for_seal(connection, handle->conn);
	if (connection->base.bound && !connection->sealed) {
		fss_narrow(handle->conn, &connection->base);
	}
	return connection->sealed || connection->base.read_only;
}

bool fss_is_other_session(const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection != NULL && connection->base.bound &&
	       connection->base.vuid != handle->conn->vuid;
}

const struct fss_stores *fss_stores_of(const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection != NULL ? connection->stores : NULL;
}

struct fss_gate *fss_gate_of(const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection != NULL ? connection->gate : NULL;
}

const struct fss_file_ids *fss_file_ids_of(
	const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection != NULL ? &connection->file_ids : NULL;
}

struct fss_entry *fss_last_entry_of(const struct vfs_handle_struct *handle)
{
	struct fss_connection *connection = handle->data;

	return connection != NULL ? &connection->last_entry : NULL;
}

struct fss_exposed *fss_exposed_of(const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection != NULL ? connection->exposed : NULL;
}

struct fss_held_writes *fss_held_writes_of(
	const struct vfs_handle_struct *handle)
{
	const struct fss_connection *connection = handle->data;

	return connection->held;
}

bool fss_enter(const struct vfs_handle_struct *handle)
{
	if (fss_refuses_writes(handle)) {
		errno = EROFS;
		return false;
	}
	fss_gate_enter(fss_gate_of(handle));
	return true;
}

void fss_leave(const struct vfs_handle_struct *handle)
{
	fss_gate_leave(fss_gate_of(handle));
}
