/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module: its table of operations, and its registration. */
#include "includes.h"
#include "smbd/smbd.h"
#include "fss_host.h"
#include "vfs_fss.h"
#include "versions.h"

static struct vfs_fn_pointers fss_vfs_operations = {
#define GATED(when, name) FSS_##when(.name##_fn = fss_vfs_##name, )
#define HOOKED(when, name) FSS_##when(.name##_fn = fss_vfs_##name, )
#define PASSED(when, name, reason) FSS_##when(.name##_fn = NULL, )
#include "operations.def"
#undef GATED
#undef HOOKED
#undef PASSED
};

/* For connections without a mapping of files' ids: smbd asks for these of every
 * file, several times. */
static struct vfs_fn_pointers fss_vfs_operations_own_ids;

void fss_leave_file_ids(struct vfs_handle_struct *handle)
{
	handle->fns = &fss_vfs_operations_own_ids;
}

/* An operation that a new Samba has has to be looked at. */
enum {
#define GATED(when, name) FSS_##when(FSS_COUNT_##name, )
#define HOOKED(when, name) FSS_##when(FSS_COUNT_##name, )
#define PASSED(when, name, reason) FSS_##when(FSS_COUNT_##name, )
#include "operations.def"
#undef GATED
#undef HOOKED
#undef PASSED
	FSS_OPERATION_COUNT
};
_Static_assert(FSS_OPERATION_COUNT * sizeof(void (*)(void)) ==
		       sizeof(struct vfs_fn_pointers),
	       "operations.def does not name all of Samba's operations");

/* What smb_load_module() looks for in a shared module. */
_PUBLIC_ NTSTATUS samba_init_module(TALLOC_CTX *mem_ctx);

_PUBLIC_ NTSTATUS samba_init_module(TALLOC_CTX *mem_ctx)
{
	NTSTATUS status;

	(void)mem_ctx;
	if (!fss_samba_version_matches("vfs_fss")) {
		return NT_STATUS_REVISION_MISMATCH;
	}
	status = smb_register_vfs(SMB_VFS_INTERFACE_VERSION, "fss_versions",
				  &fss_versions_operations);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	status = smb_register_vfs(SMB_VFS_INTERFACE_VERSION, "fss_exposed",
				  &fss_exposed_operations);
	if (!NT_STATUS_IS_OK(status)) {
		return status;
	}
	fss_vfs_operations_own_ids = fss_vfs_operations;
	fss_vfs_operations_own_ids.file_id_create_fn = NULL;
	return smb_register_vfs(SMB_VFS_INTERFACE_VERSION, "fss",
				&fss_vfs_operations);
}
