/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MS-FSRVP's client side over Samba's client libraries, for C++: no Samba
 * type crosses this header. Statuses are NTSTATUS values, 0 is success.
 * Nothing here is safe to be used by two threads.
 */
#ifndef SMBSHADOW_FSRVP_CLIENT_H
#define SMBSHADOW_FSRVP_CLIENT_H

#include "fss.h"

#ifdef __cplusplus
extern "C" {
#endif

/* To be called before anything else of Samba's: from then on its libraries
 * keep what is a thread's own by thread. Debian's libsmbclient does not export
 * smbc_thread_posix(), which does the same. */
void smbshadow_allow_threads(void);

/* ----------------------------------------------------------------- login -- */

enum smbshadow_kerberos {
	SMBSHADOW_KERBEROS_OFF,
	SMBSHADOW_KERBEROS_DESIRED, /* else NTLM */
	SMBSHADOW_KERBEROS_REQUIRED,
};

/* Who the user is. Strings stay valid for the life of the process. */
struct smbshadow_login {
	const char *domain;
	const char *user;         /* a principal where a password gets its ticket */
	const char *password;     /* NULL where there is none */
	bool password_is_nt_hash; /* in hexadecimal digits */
	enum smbshadow_kerberos kerberos;
	const char *config_file; /* the smb.conf in use */
};

/* Reads Samba's own options (-U, -A, -s, …), as argv has them after the
 * program's name, and smb.conf. Ends the process where Samba does: on options
 * that it cannot read. Returns false where the set-up failed. */
bool smbshadow_samba_start(int argc, const char *const *argv);

/* Asks for the password where none was given, but where Kerberos is required:
 * there a ticket will do. */
bool smbshadow_samba_login(struct smbshadow_login *login);

/* Blots passwords out of the process's own arguments. */
void smbshadow_samba_burn(int argc, char **argv);

/* ------------------------------------------------------------ connection -- */

struct smbshadow_connection;

struct smbshadow_target {
	const char *host;
	uint16_t port; /* 0: SMB's own */
	uint32_t call_timeout_ms;
	bool seal; /* PKT_PRIVACY; otherwise PKT_INTEGRITY */
};

/* Where smbshadow_connect() failed. */
enum smbshadow_stage {
	SMBSHADOW_SESSION, /* TCP, SMB, authentication */
	SMBSHADOW_PIPE,    /* opening and binding \pipe\FssagentRpc */
};

/* smbshadow_samba_start() must have been called. */
uint32_t smbshadow_connect(const struct smbshadow_target *target,
			   struct smbshadow_connection **connection,
			   enum smbshadow_stage *stage);
void smbshadow_disconnect(struct smbshadow_connection *connection);

/* ----------------------------------------------------------------- calls -- */

/* What a method takes; it looks at its own arguments only. */
struct smbshadow_request {
	enum fss_method method;
	uint32_t number; /* context, or milliseconds */
	struct fss_guid set;
	struct fss_guid copy;
	const char *share;
};

/* What it answers. Strings live until the next call on the connection. */
struct smbshadow_reply {
	uint32_t result; /* HRESULT */
	uint32_t min_version;
	uint32_t max_version;
	struct fss_guid id;
	bool flag;
	int32_t compatibility;
	const char *name; /* owner, or exposed name; may be NULL */
	int64_t created;  /* FILETIME */
};

uint32_t smbshadow_call(struct smbshadow_connection *connection,
			const struct smbshadow_request *request,
			struct smbshadow_reply *reply);

/* ----------------------------------------------------------------- files -- */

/* A connection to a share, where files are opened as backups open them. */
struct smbshadow_share;
/* An open file or directory of it; does not outlive it. */
struct smbshadow_file;

/* smbshadow_samba_start() must have been called. target's seal is not used. */
uint32_t smbshadow_share_connect(const struct smbshadow_target *target,
				 const char *name,
				 struct smbshadow_share **share);
void smbshadow_share_disconnect(struct smbshadow_share *share);

/* Whether after that status the connection is of no more use. */
bool smbshadow_share_is_lost(struct smbshadow_share *share, uint32_t status);

/* What a file is opened for. */
enum {
	SMBSHADOW_DATA = 1, /* of a file; directories have none */
	SMBSHADOW_DESCRIPTOR = 2,
};

/* path: below the share, with "\\". */
uint32_t smbshadow_file_open(struct smbshadow_share *share, const char *path,
			     unsigned int what, struct smbshadow_file **file);
void smbshadow_file_close(struct smbshadow_file *file);

/* Less than size is got where the file ends. */
uint32_t smbshadow_file_read(struct smbshadow_file *file, void *buffer,
			     size_t size, uint64_t offset, size_t *got);

/* The text is owner, group and DACL in SDDL, or "binary:" and base64 of what
 * SDDL cannot say (MS-DTYP 2.5.1); it lives until the next call on the file. */
uint32_t smbshadow_file_descriptor(struct smbshadow_file *file,
				   const char **text);

/* Takes such a text. Without owner and group, only the DACL is set. */
uint32_t smbshadow_share_set_descriptor(struct smbshadow_share *share,
					const char *path, const char *text,
					bool with_owner);

/* ------------------------------------------------------------------ text -- */

/* The errno that is nearest to a status. */
int smbshadow_status_errno(uint32_t status);

/* "NT_STATUS_LOGON_FAILURE" */
const char *smbshadow_status_name(uint32_t status);
/* Samba's sentence for it. */
const char *smbshadow_status_text(uint32_t status);

#ifdef __cplusplus
}
#endif

#endif
