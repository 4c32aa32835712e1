/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Previous Versions: what they need below the module, and their list. */
#include "includes.h"
#include "smbd/smbd.h"
#include "ntioctl.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "versions.h"

/* Below a file nothing can ever be made. */
#define FSS_NOWHERE "/dev/null"

static bool fss_versions_may_be_shown(const struct connection_struct *conn)
{
	char *detail = NULL;
	int err = fss_versions_allowed(lp_vfs_objects(SNUM(conn)), &detail);

	if (err != 0) {
		DBG_ERR("share %s: %s\n", lp_const_servicename(SNUM(conn)),
			detail != NULL ? detail : strerror(err));
	}
	free(detail);
	return err == 0;
}

/* As vfs_fruit sets what it needs of vfs_catia. */
static bool fss_configure_shadow_copy2(const struct connection_struct *conn,
				       const char *root)
{
	const struct {
		const char *name;
		const char *value;
	} options[] = {
		{ "shadow:snapdir", root },
		/* the share's directory is the top of each version */
		{ "shadow:mountpoint", conn->connectpath },
		{ "shadow:basedir", conn->connectpath },
		{ "shadow:format", GMT_FORMAT },
		{ "shadow:sscanf", "no" },
		{ "shadow:localtime", "no" },
		{ "shadow:snapdirseverywhere", "no" },
		{ "shadow:crossmountpoints", "no" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (!lp_do_parameter(SNUM(conn), options[i].name,
				     options[i].value)) {
			return false;
		}
	}
	return true;
}

/* A further module right below this one. */
static struct vfs_handle_struct *fss_stack(struct vfs_handle_struct *handle,
					   const char *module)
{
	struct connection_struct *conn = handle->conn;
	struct vfs_handle_struct *added = NULL;

	if (!vfs_init_custom(conn, module)) {
		return NULL;
	}
	added = conn->vfs_handles;
	DLIST_REMOVE(conn->vfs_handles, added);
	DLIST_ADD_AFTER(conn->vfs_handles, added, handle);
	return added;
}

static void fss_unstack(struct vfs_handle_struct *added)
{
	if (added != NULL) {
		DLIST_REMOVE(added->conn->vfs_handles, added);
		TALLOC_FREE(added);
	}
}

static int fss_previous_destructor(struct fss_previous *previous)
{
	fss_versions_close(previous->versions);
	return 0;
}

static void fss_previous_free(void **data)
{
	TALLOC_FREE(*data);
}

static struct fss_previous *fss_previous_open(struct connection_struct *conn)
{
	const char *store = lp_parm_const_string(SNUM(conn), "fss",
						 "store directory", NULL);
	const char *provider = lp_parm_const_string(SNUM(conn), "fss",
						    "provider", NULL);
	struct fss_previous *previous = talloc_zero(conn, struct fss_previous);
	char *detail = NULL;
	int err;

	if (previous == NULL) {
		return NULL;
	}
	talloc_set_destructor(previous, fss_previous_destructor);
	previous->root = talloc_asprintf(
		previous, "%s%s", FSS_NOWHERE,
		strequal(conn->connectpath, "/") ? "" : conn->connectpath);
	if (previous->root == NULL) {
		TALLOC_FREE(previous);
		return NULL;
	}
	become_root();
	err = fss_versions_open(conn->connectpath, store, provider,
				&previous->versions, &detail);
	unbecome_root();
	if (err != 0) {
		DBG_ERR("share %s: no previous versions are shown: %s\n",
			lp_const_servicename(SNUM(conn)),
			detail != NULL ? detail : strerror(err));
	}
	free(detail);
	if (previous->versions == NULL) {
		TALLOC_FREE(previous);
	}
	return previous;
}

void fss_previous_set_up(struct vfs_handle_struct *handle)
{
	struct connection_struct *conn = handle->conn;
	const char *service = lp_const_servicename(SNUM(conn));
	struct fss_previous *previous = NULL;
	struct vfs_handle_struct *paths = NULL;

	/* IPC$ has the options of [global], and no files. */
	if (conn->ipc ||
	    !lp_parm_bool(SNUM(conn), "fss", "previous versions", false)) {
		return;
	}
	if (!fss_versions_may_be_shown(conn)) {
		return;
	}
	previous = fss_previous_open(conn);
	if (previous == NULL) {
		return;
	}
	paths = fss_stack(handle, "fss_versions");
	if (paths == NULL ||
	    !fss_configure_shadow_copy2(conn, previous->root) ||
	    fss_stack(handle, "shadow_copy2") == NULL) {
		DBG_ERR("share %s: no previous versions are shown: module "
			"shadow_copy2 cannot be used; is it installed "
			"(Debian: samba-vfs-modules)?\n",
			service);
		fss_unstack(paths);
		TALLOC_FREE(previous);
		return;
	}
	paths->data = previous;
	paths->free_data = fss_previous_free;
}

struct fss_previous *fss_previous_of(const struct vfs_handle_struct *handle)
{
	const struct vfs_handle_struct *each = NULL;

	for (each = handle->next; each != NULL; each = each->next) {
		if (each->fns == &fss_versions_operations) {
			return each->data;
		}
	}
	return NULL;
}

bool fss_previous_names(const struct vfs_handle_struct *handle,
			const struct smb_filename *smb_fname)
{
	const struct fss_previous *previous = fss_previous_of(handle);
	const struct files_struct *cwd = handle->conn->cwd_fsp;
	const char *path = smb_fname->base_name;
	size_t length;

	if (previous == NULL) {
		return false;
	}
	if (path[0] != '/' && cwd != NULL && cwd->fsp_name != NULL) {
		path = cwd->fsp_name->base_name;
	}
	length = strlen(previous->root);
	return strncmp(path, previous->root, length) == 0 &&
	       path[length] == '/';
}

struct fss_labels {
	struct shadow_copy_data *data;
	bool wanted;
	bool failed;
};

static void fss_add_label(void *arg, int64_t seconds)
{
	struct fss_labels *labels = arg;
	struct shadow_copy_data *data = labels->data;
	time_t time = seconds;
	struct tm tm;

	if (labels->wanted) {
		SHADOW_COPY_LABEL *grown = talloc_realloc(
			data, data->labels, SHADOW_COPY_LABEL,
			data->num_volumes + 1);

		if (grown == NULL || gmtime_r(&time, &tm) == NULL) {
			labels->failed = true;
			return;
		}
		data->labels = grown;
		strftime(grown[data->num_volumes], sizeof(SHADOW_COPY_LABEL),
			 GMT_FORMAT, &tm);
	}
	data->num_volumes++;
}

int fss_vfs_get_shadow_copy_data(struct vfs_handle_struct *handle,
				 struct files_struct *fsp,
				 struct shadow_copy_data *data,
				 bool want_labels)
{
	struct fss_previous *previous = fss_previous_of(handle);
	struct fss_labels labels = { .data = data, .wanted = want_labels };
	char *detail = NULL;
	int err;

	if (previous == NULL) {
		return SMB_VFS_NEXT_GET_SHADOW_COPY_DATA(handle, fsp, data,
							 want_labels);
	}
	data->num_volumes = 0;
	data->labels = NULL;
	become_root();
	err = fss_versions_list(previous->versions, fss_add_label, &labels,
				&detail);
	unbecome_root();
	if (err == 0 && labels.failed) {
		err = ENOMEM;
	}
	if (err != 0) {
		DBG_ERR("share %s: cannot list its previous versions: %s\n",
			lp_const_servicename(SNUM(handle->conn)),
			detail != NULL ? detail : strerror(err));
		free(detail);
		errno = err;
		return -1;
	}
	return 0;
}
