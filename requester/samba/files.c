/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files opened as backups open them, and their security descriptors. libsmbclient
 * cannot open so; and it tells security descriptors without their flags, and
 * wants the server's LSA at port 445.
 */
#include "includes.h"
#include "lib/cmdline/cmdline.h"
#include "lib/util/base64.h"
#include "libcli/security/security.h"
#include "libcli/security/sddl.h"
#include "libcli/smb/smbXcli_base.h"
#include "requester/samba/private.h"
#include "samba/compat/smb_client.h"

/* What SDDL has no words for is told in the wire's form, behind this. */
#define BINARY "binary:"

struct smbshadow_share {
	struct cli_state *cli;
};

static int close_share(struct smbshadow_share *share)
{
	cli_shutdown(share->cli);
	return 0;
}

uint32_t smbshadow_share_connect(const struct smbshadow_target *target,
				 const char *name,
				 struct smbshadow_share **_share)
{
	TALLOC_CTX *frame = NULL;
	struct smbshadow_share *share = NULL;
	NTSTATUS status;

	share = talloc_zero(NULL, struct smbshadow_share);
	if (share == NULL) {
		return NT_STATUS_V(NT_STATUS_NO_MEMORY);
	}
	frame = talloc_stackframe();
	status = fss_client_connect(target->host, target->port, name, "?????",
				    samba_cmdline_get_creds(), 0, &share->cli);
	TALLOC_FREE(frame);
	if (!NT_STATUS_IS_OK(status)) {
		talloc_free(share);
		return NT_STATUS_V(status);
	}
	talloc_set_destructor(share, close_share);
	cli_set_timeout(share->cli, target->call_timeout_ms);
	*_share = share;
	return 0;
}

void smbshadow_share_disconnect(struct smbshadow_share *share)
{
	talloc_free(share);
}

bool smbshadow_share_is_lost(struct smbshadow_share *share, uint32_t _status)
{
	NTSTATUS status = NT_STATUS(_status);

	return !cli_state_is_connected(share->cli) ||
	       NT_STATUS_EQUAL(status, NT_STATUS_IO_TIMEOUT) ||
	       NT_STATUS_EQUAL(status, NT_STATUS_NETWORK_NAME_DELETED) ||
	       NT_STATUS_EQUAL(status, NT_STATUS_NETWORK_SESSION_EXPIRED) ||
	       NT_STATUS_EQUAL(status, NT_STATUS_USER_SESSION_DELETED);
}

/* ----------------------------------------------------------------- files -- */

/* Opened as backups are, so that SeBackupPrivilege and SeRestorePrivilege
 * serve those who have them (MS-SMB2 2.2.13, FILE_OPEN_FOR_BACKUP_INTENT), on
 * servers that heed it: Samba's smbd does not. */
static NTSTATUS open_path(TALLOC_CTX *mem_ctx, struct smbshadow_share *share,
			  const char *path, uint32_t access, uint32_t options,
			  struct cli_state **cli, uint16_t *fnum)
{
	char *target = NULL;
	NTSTATUS status;

	*cli = share->cli;
	/* Elsewhere each path would be asked for twice. */
	if (smbXcli_tcon_is_dfs_share(share->cli->smb2.tcon)) {
		status = cli_resolve_path(mem_ctx, "",
					  samba_cmdline_get_creds(),
					  share->cli, path, cli, &target);
		if (!NT_STATUS_IS_OK(status)) {
			return status;
		}
		path = target;
	}
	return cli_ntcreate(*cli, path, 0, access, 0,
			    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
			    FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT | options, 0,
			    fnum, NULL);
}

/* ------------------------------------------------------------------ text -- */

/* SIDs stand for themselves: no domain's two letters. */
static const struct dom_sid *no_domain(void)
{
	static const struct dom_sid none;

	return &none;
}

static char *binary_text(TALLOC_CTX *mem_ctx,
			 const struct security_descriptor *sd)
{
	DATA_BLOB blob = data_blob_null;
	char *base64 = NULL;

	if (!NT_STATUS_IS_OK(marshall_sec_desc(mem_ctx, sd, &blob.data,
					       &blob.length))) {
		return NULL;
	}
	base64 = base64_encode_data_blob(mem_ctx, blob);
	return base64 == NULL ? NULL
			      : talloc_asprintf(mem_ctx, BINARY "%s", base64);
}

/* Samba decodes to the revision of a directory's ACL. A file's has the older,
 * but where it has an ACE of an object (MS-DTYP 2.4.5). */
static struct security_descriptor *decode(TALLOC_CTX *mem_ctx, const char *sddl)
{
	struct security_descriptor *sd = sddl_decode(mem_ctx, sddl, no_domain());
	uint32_t i;

	if (sd == NULL || sd->dacl == NULL) {
		return sd;
	}
	for (i = 0; i < sd->dacl->num_aces; i++) {
		if (sec_ace_object(sd->dacl->aces[i].type)) {
			return sd;
		}
	}
	sd->dacl->revision = SECURITY_ACL_REVISION_NT4;
	return sd;
}

static char *text_of(TALLOC_CTX *mem_ctx, const struct security_descriptor *sd)
{
	char *sddl = sddl_encode(mem_ctx, sd, no_domain());
	struct security_descriptor *back = NULL;

	if (sddl != NULL) {
		back = decode(mem_ctx, sddl);
	}
	if (back != NULL && security_descriptor_equal(sd, back)) {
		return sddl;
	}
	return binary_text(mem_ctx, sd);
}

static struct security_descriptor *descriptor_of(TALLOC_CTX *mem_ctx,
						 const char *text)
{
	struct security_descriptor *sd = NULL;
	DATA_BLOB blob = data_blob_null;

	if (strncmp(text, BINARY, strlen(BINARY)) != 0) {
		return decode(mem_ctx, text);
	}
	blob = base64_decode_data_blob_talloc(mem_ctx, text + strlen(BINARY));
	if (!NT_STATUS_IS_OK(unmarshall_sec_desc(mem_ctx, blob.data,
						 blob.length, &sd))) {
		return NULL;
	}
	return sd;
}

/* ----------------------------------------------------------------- calls -- */

struct smbshadow_file {
	struct cli_state *cli;
	uint16_t fnum;
	TALLOC_CTX *call; /* what the last call answered */
};

static int close_file(struct smbshadow_file *file)
{
	TALLOC_CTX *frame = talloc_stackframe();

	cli_close(file->cli, file->fnum);
	TALLOC_FREE(frame);
	return 0;
}

uint32_t smbshadow_file_open(struct smbshadow_share *share, const char *path,
			     unsigned int what, struct smbshadow_file **_file)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct smbshadow_file *file = talloc_zero(NULL, struct smbshadow_file);
	uint32_t access = 0;
	uint32_t options = 0;
	NTSTATUS status;

	if (file == NULL) {
		TALLOC_FREE(frame);
		return NT_STATUS_V(NT_STATUS_NO_MEMORY);
	}
	if (what & SMBSHADOW_DATA) {
		access |= FILE_READ_DATA;
		options |= FILE_NON_DIRECTORY_FILE;
	}
	if (what & SMBSHADOW_DESCRIPTOR) {
		access |= SEC_STD_READ_CONTROL;
	}
	status = open_path(frame, share, path, access, options, &file->cli,
			   &file->fnum);
	TALLOC_FREE(frame);
	if (!NT_STATUS_IS_OK(status)) {
		talloc_free(file);
		return NT_STATUS_V(status);
	}
	talloc_set_destructor(file, close_file);
	*_file = file;
	return 0;
}

void smbshadow_file_close(struct smbshadow_file *file)
{
	talloc_free(file);
}

uint32_t smbshadow_file_read(struct smbshadow_file *file, void *buffer,
			     size_t size, uint64_t offset, size_t *got)
{
	TALLOC_CTX *frame = talloc_stackframe();
	NTSTATUS status;

	status = cli_read(file->cli, file->fnum, buffer, offset, size, got);
	TALLOC_FREE(frame);
	return NT_STATUS_V(status);
}

uint32_t smbshadow_file_descriptor(struct smbshadow_file *file,
				   const char **text)
{
	TALLOC_CTX *frame = NULL;
	struct security_descriptor *sd = NULL;
	NTSTATUS status;

	TALLOC_FREE(file->call);
	file->call = talloc_new(file);
	if (file->call == NULL) {
		return NT_STATUS_V(NT_STATUS_NO_MEMORY);
	}
	frame = talloc_stackframe();
	status = cli_query_security_descriptor(
		file->cli, file->fnum,
		SECINFO_OWNER | SECINFO_GROUP | SECINFO_DACL, frame, &sd);
	if (NT_STATUS_IS_OK(status)) {
		*text = text_of(file->call, sd);
		status = *text != NULL ? NT_STATUS_OK : NT_STATUS_NO_MEMORY;
	}
	TALLOC_FREE(frame);
	return NT_STATUS_V(status);
}

uint32_t smbshadow_share_set_descriptor(struct smbshadow_share *share,
					const char *path, const char *text,
					bool with_owner)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct security_descriptor *sd = descriptor_of(frame, text);
	uint32_t access = SEC_STD_WRITE_DAC;
	uint32_t parts = SECINFO_DACL;
	struct cli_state *cli = NULL;
	uint16_t fnum = 0;
	NTSTATUS status;

	if (sd == NULL) {
		TALLOC_FREE(frame);
		return NT_STATUS_V(NT_STATUS_INVALID_SECURITY_DESCR);
	}
	if (with_owner) {
		access |= SEC_STD_WRITE_OWNER;
		parts |= SECINFO_OWNER | SECINFO_GROUP;
	}
	status = open_path(frame, share, path, access, 0, &cli, &fnum);
	if (NT_STATUS_IS_OK(status)) {
		status = cli_set_security_descriptor(cli, fnum, parts, sd);
		cli_close(cli, fnum);
	}
	TALLOC_FREE(frame);
	return NT_STATUS_V(status);
}
