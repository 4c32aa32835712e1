/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samba's command line options, configuration and credentials. */
#include "includes.h"
#include "lib/cmdline/cmdline_private.h"
#include "lib/cmdline/cmdline.h"
#include "auth/credentials/credentials.h"
#include "source3/param/loadparm.h"
#include "source3/include/secrets.h"
#include "librpc/gen_ndr/samr.h"
#include "dynconfig/dynconfig.h"
#include "requester/samba/fsrvp_client.h"
#include "samba/compat/settings.h"
#include "samba/compat/smb_client.h"

static bool load_configuration(void)
{
	const char *given = getenv("SMB_CONF_PATH");
	TALLOC_CTX *frame = talloc_stackframe();

	if (given != NULL && given[0] != '\0' && is_default_dyn_CONFIGFILE()) {
		set_dyn_CONFIGFILE(given);
	}
	/* All names here are UTF-8, whatever smb.conf says of files of this
	 * machine; command_line/LocaleText.h has them as the user reads them. */
	if (!fss_set_parameter("unix charset", "UTF-8")) {
		TALLOC_FREE(frame);
		return false;
	}
	/* A client works without smb.conf; Samba's defaults are loaded then. */
	if (!lp_load_client(get_dyn_CONFIGFILE())) {
		fprintf(stderr, "smbshadow: smb.conf '%s' is not understood, "
				"and not used; testparm says why\n",
			get_dyn_CONFIGFILE());
	}
	load_interfaces();
	TALLOC_FREE(frame);
	return true;
}

/* For --machine-pass. */
static NTSTATUS machine_account(struct cli_credentials *creds,
				struct loadparm_context *lp_ctx)
{
	struct db_context *secrets = secrets_db_ctx();

	if (secrets == NULL) {
		return NT_STATUS_CANT_ACCESS_DOMAIN_INFO;
	}
	return cli_credentials_set_machine_account_db_ctx(creds, lp_ctx,
							  secrets);
}

static bool set_up(TALLOC_CTX *mem_ctx)
{
	struct loadparm_context *lp_ctx = NULL;
	struct cli_credentials *creds = NULL;
	TALLOC_CTX *frame = NULL;

	if (!samba_cmdline_init_common(mem_ctx)) {
		return false;
	}
	frame = talloc_stackframe();
	lp_ctx = loadparm_init_s3(mem_ctx, loadparm_s3_helpers());
	TALLOC_FREE(frame);
	creds = cli_credentials_init(mem_ctx);
	if (lp_ctx == NULL || creds == NULL ||
	    !samba_cmdline_set_lp_ctx(lp_ctx) ||
	    !samba_cmdline_set_creds(creds)) {
		return false;
	}
	samba_cmdline_set_load_config_fn(load_configuration);
	samba_cmdline_set_machine_account_fn(machine_account);
	return true;
}

bool smbshadow_samba_start(int argc, const char *const *argv)
{
	/* Lives as long as the process: the options point into it. */
	TALLOC_CTX *mem_ctx = talloc_named_const(NULL, 0, "smbshadow");
	struct poptOption options[] = {
		POPT_COMMON_SAMBA POPT_COMMON_CONNECTION
			POPT_COMMON_CREDENTIALS POPT_TABLEEND
	};
	poptContext popt = NULL;
	int rc;

	if (mem_ctx == NULL || !set_up(mem_ctx)) {
		fprintf(stderr, "smbshadow: Samba's libraries do not start\n");
		return false;
	}
	popt = samba_popt_get_context("smbshadow", argc,
				      discard_const_p(const char *, argv),
				      options, 0);
	if (popt == NULL) {
		return false;
	}
	while ((rc = poptGetNextOpt(popt)) > 0) {
	}
	if (rc != -1) {
		fprintf(stderr, "smbshadow: %s: %s\n",
			poptBadOption(popt, POPT_BADOPTION_NOALIAS),
			poptStrerror(rc));
	}
	poptFreeContext(popt);
	fss_client_find_ticket(samba_cmdline_get_creds(),
			       samba_cmdline_get_lp_ctx());
	return rc == -1;
}

static enum smbshadow_kerberos kerberos_of(struct cli_credentials *creds)
{
	switch (cli_credentials_get_kerberos_state(creds)) {
	case CRED_USE_KERBEROS_DISABLED:
		return SMBSHADOW_KERBEROS_OFF;
	case CRED_USE_KERBEROS_REQUIRED:
		return SMBSHADOW_KERBEROS_REQUIRED;
	case CRED_USE_KERBEROS_DESIRED:
		break;
	}
	return SMBSHADOW_KERBEROS_DESIRED;
}

/* No process asks, now or later. One that was given is of higher degree, or is
 * from the environment. */
static void leave_password_out(struct cli_credentials *creds)
{
	if (getenv("PASSWD") == NULL) {
		cli_credentials_set_password(creds, NULL, CRED_GUESS_ENV);
	}
}

/* What libsmbclient takes in a password's place. Lives as long as creds. */
static const char *nt_hash_of(struct cli_credentials *creds)
{
	TALLOC_CTX *frame = talloc_stackframe();
	struct samr_Password *hash = NULL;
	char *text = NULL;

	hash = cli_credentials_get_nt_hash(creds, frame);
	if (hash != NULL) {
		text = hex_encode_talloc(creds, hash->hash, sizeof(hash->hash));
	}
	TALLOC_FREE(frame);
	return text;
}

bool smbshadow_samba_login(struct smbshadow_login *login)
{
	struct cli_credentials *creds = samba_cmdline_get_creds();
	bool required = false;

	*login = (struct smbshadow_login){
		.domain = cli_credentials_get_domain(creds),
		.user = cli_credentials_get_username(creds),
		.kerberos = kerberos_of(creds),
		.config_file = get_dyn_CONFIGFILE(),
	};
	required = login->kerberos == SMBSHADOW_KERBEROS_REQUIRED;
	if (required) {
		leave_password_out(creds);
	}
	if (!cli_credentials_is_anonymous(creds)) {
		login->password = cli_credentials_get_password(creds);
		if (login->password == NULL) {
			login->password = nt_hash_of(creds);
			login->password_is_nt_hash = login->password != NULL;
		}
	}
	if (required && login->password != NULL) {
		login->user = cli_credentials_get_principal(creds, creds);
	}
	return login->user != NULL;
}

void smbshadow_samba_burn(int argc, char **argv)
{
	samba_cmdline_burn(argc, argv);
}
