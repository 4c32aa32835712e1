/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SNAP_* operations, which the distribution's own shadow copy agent calls
 * as the client's user. That agent keeps the volume's path and the snapshot's
 * path, and exposes the latter as it is. So the volume is the subvolume that
 * the share lies in, and the snapshot's path leads to the share's directory
 * in it.
 */
#include "includes.h"
#include "smbd/smbd.h"
#include "fss_host.h"
#include "vfs_fss.h"

static NTSTATUS fss_snap_failed(const struct vfs_handle_struct *handle,
				const char *step, int err, char *detail)
{
	DBG_ERR("share %s: cannot %s: %s (%s)\n",
		lp_const_servicename(SNUM(handle->conn)), step,
		detail != NULL ? detail : "no details", strerror(err));
	free(detail);
	return map_nt_error_from_unix(err);
}

/* Takes over what the core has allocated. */
static NTSTATUS fss_snap_string(TALLOC_CTX *mem_ctx, char *from, char **to)
{
	*to = talloc_strdup(mem_ctx, from);
	free(from);
	return *to != NULL ? NT_STATUS_OK : NT_STATUS_NO_MEMORY;
}

/* The directory of the share below its volume's root, "" or "/a/b". */
static int fss_snap_relative(TALLOC_CTX *mem_ctx,
			     const struct vfs_handle_struct *handle,
			     const char *volume, char **relative)
{
	char *root = realpath(volume, NULL);
	char *share = realpath(handle->conn->connectpath, NULL);
	int err = 0;

	if (root == NULL || share == NULL) {
		err = errno;
	} else {
		/* "/" has a slash that others have not */
		size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

		if (strncmp(share, root, length) != 0 ||
		    (share[length] != '/' && share[length] != '\0')) {
			err = EXDEV;
		} else {
			*relative = talloc_strdup(mem_ctx, share + length);
			err = *relative != NULL ? 0 : ENOMEM;
		}
	}
	SAFE_FREE(root);
	SAFE_FREE(share);
	return err;
}

/* "fss:provider = vfs": another module makes the snapshots, and this one lets
 * the agent hold the share's writers meanwhile. */
static bool fss_snap_is_passed_on(const struct vfs_handle_struct *handle)
{
	return strequal(lp_parm_const_string(SNUM(handle->conn), "fss",
					     "provider", ""),
			"vfs");
}

NTSTATUS fss_vfs_snap_check_path(struct vfs_handle_struct *handle,
				 TALLOC_CTX *mem_ctx,
				 const char *service_path,
				 char **base_volume)
{
	char *volume = NULL;
	char *detail = NULL;
	int err;

	if (fss_snap_is_passed_on(handle)) {
		return SMB_VFS_NEXT_SNAP_CHECK_PATH(handle, mem_ctx,
						    service_path, base_volume);
	}
	become_root();
	err = fss_snap_check_path(service_path, &volume, &detail);
	unbecome_root();
	if (err != 0) {
		return fss_snap_failed(handle, "take shadow copies", err,
				       detail);
	}
	return fss_snap_string(mem_ctx, volume, base_volume);
}

NTSTATUS fss_vfs_snap_create(struct vfs_handle_struct *handle,
			     TALLOC_CTX *mem_ctx,
			     const char *base_volume,
			     time_t *tstamp,
			     bool rw,
			     char **base_path,
			     char **snap_path)
{
	char *relative = NULL;
	char *snapshot = NULL;
	char *detail = NULL;
	int err;

	if (fss_snap_is_passed_on(handle)) {
		return SMB_VFS_NEXT_SNAP_CREATE(handle, mem_ctx, base_volume,
						tstamp, rw, base_path,
						snap_path);
	}
	become_root();
	err = fss_snap_relative(talloc_tos(), handle, base_volume, &relative);
	if (err == 0) {
		char *gates = fss_gate_directory(talloc_tos());

		err = gates == NULL ? ENOMEM
				    : fss_snap_create(base_volume, rw, gates,
						      tstamp, &snapshot,
						      &detail);
		TALLOC_FREE(gates);
	}
	unbecome_root();
	if (err != 0) {
		TALLOC_FREE(relative);
		return fss_snap_failed(handle, "take a snapshot of its volume",
				       err, detail);
	}

	/* relative is "" at least; the compiler cannot know. */
	*snap_path = talloc_asprintf(mem_ctx, "%s%s", snapshot,
				     relative != NULL ? relative : "");
	*base_path = talloc_strdup(mem_ctx, base_volume);
	free(snapshot);
	TALLOC_FREE(relative);
	if (*snap_path == NULL || *base_path == NULL) {
		return NT_STATUS_NO_MEMORY;
	}
	return NT_STATUS_OK;
}

/*
 * Destroys the snapshot that the path lies in. The share's directory may have
 * changed since, so the snapshot is looked for from the path upwards; for what
 * is not one of its snapshots the core answers EINVAL.
 */
static int fss_snap_delete_upwards(const char *volume, char *path,
				   char **detail)
{
	int err;

	do {
		char *end = NULL;

		SAFE_FREE(*detail);
		err = fss_snap_delete(volume, path, detail);
		end = strrchr(path, '/');
		if (end == NULL || end == path) {
			break;
		}
		*end = '\0';
	} while (err == EINVAL);
	return err;
}

NTSTATUS fss_vfs_snap_delete(struct vfs_handle_struct *handle,
			     TALLOC_CTX *mem_ctx,
			     char *base_path,
			     char *snap_path)
{
	char *path = NULL;
	char *detail = NULL;
	int err;

	if (fss_snap_is_passed_on(handle)) {
		return SMB_VFS_NEXT_SNAP_DELETE(handle, mem_ctx, base_path,
						snap_path);
	}
	path = talloc_strdup(mem_ctx, snap_path);
	if (path == NULL) {
		return NT_STATUS_NO_MEMORY;
	}
	become_root();
	err = fss_snap_delete_upwards(base_path, path, &detail);
	unbecome_root();
	TALLOC_FREE(path);
	if (err != 0) {
		return fss_snap_failed(handle, "destroy a snapshot", err,
				       detail);
	}
	return NT_STATUS_OK;
}
