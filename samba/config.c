/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The running configuration: options, and shares as a tree connect sees them. */
#include "includes.h"
#include "system/passwd.h"
#include "lib/param/loadparm.h"
#include "lib/util_path.h"
#include "libcli/security/security.h"
#include "auth.h"
#include "substitute.h"
#include "fss_charset.h"
#include "fss_definition.h"
#include "host_private.h"

#define FSS_MODULE "fss"

/* "registry shares" are not among the files that lp_file_list_changed() knows. */
static bool fss_registry_changed(struct fss_host *host)
{
	struct smbconf_ctx *registry = NULL;

	if (!lp_registry_shares()) {
		return false;
	}
	registry = fss_registry(host);
	return registry != NULL &&
	       smbconf_changed(registry, &host->registry_csn, NULL, NULL);
}

/* lp_killunused() spares these: copies of [homes] and [printers]. */
static void fss_config_drop_autoloaded(void)
{
	int snum;

	for (snum = 0; snum < lp_numservices(); snum++) {
		if (lp_autoloaded(snum)) {
			lp_killservice(snum);
		}
	}
}

static bool fss_config_is_ours(void)
{
	return lp_parm_const_string(GLOBAL_SECTION_SNUM, FSS_MODULE, FSS_MARK,
				    NULL) != NULL;
}

static void fss_config_load(struct fss_host *host)
{
	fss_config_drop_autoloaded();
	lp_killunused(NULL, NULL);
	if (!lp_load_with_shares(get_dyn_CONFIGFILE())) {
		DBG_ERR("%s or the registry's shares have errors; "
			"check them with testparm\n",
			get_dyn_CONFIGFILE());
	}
	lp_do_parameter(GLOBAL_SECTION_SNUM, FSS_MODULE ":" FSS_MARK, "yes");
	host->config_stale = false;
	host->dns_asked = false;
	TALLOC_FREE(host->defaults);
	/* "registry shares" may be on only now. */
	(void)fss_registry_changed(host);
}

void fss_config_refresh_globals(struct fss_host *host)
{
	/* Global options in the registry are among these files. */
	if (lp_file_list_changed() || !fss_config_is_ours()) {
		fss_config_load(host);
	}
}

void fss_config_refresh(struct fss_host *host)
{
	fss_config_refresh_globals(host);
	if (fss_registry_changed(host) || host->config_stale) {
		fss_config_load(host);
	}
}

static bool fss_is_disk_share(int snum)
{
	return !lp_printable(snum) && !strequal(lp_fstype(snum), "IPC");
}

int fss_config_share_number(struct fss_host *host, const char *name,
			    const struct auth_session_info *session)
{
	char *service = NULL;
	int snum;

	fss_config_refresh(host);
	/* A name that the charset does not have is no share's. */
	name = name != NULL ? fss_text_from_core(talloc_tos(), name) : NULL;
	if (name == NULL || name[0] == '\0') {
		return -1;
	}
	if (strequal(name, HOMES_NAME)) {
		/* By this name each user has their own. */
		if (session == NULL || session->unix_info == NULL) {
			return -1;
		}
		name = session->unix_info->unix_name;
	}
	/* find_service() does not find one that is not available. */
	snum = lp_servicenumber(name);
	if (snum < 0 || lp_snum_ok(snum)) {
		snum = find_service(talloc_tos(), name, &service);
	}
	TALLOC_FREE(service);
	if (snum < 0 || !fss_is_disk_share(snum)) {
		return -1;
	}
	return snum;
}

char *fss_config_share_name(TALLOC_CTX *mem_ctx, int snum)
{
	/* The section's name may have variables. */
	return lp_servicename(mem_ctx, loadparm_s3_global_substitution(),
			      snum);
}

const char *fss_option(void *_host, const char *share, const char *name)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	TALLOC_CTX *frame = talloc_stackframe();
	int snum = GLOBAL_SECTION_SNUM;
	const char *value = NULL;
	const char *result = NULL;

	if (share != NULL) {
		snum = fss_config_share_number(host, share, NULL);
		if (snum < 0) {
			TALLOC_FREE(frame);
			return NULL;
		}
	} else {
		fss_config_refresh_globals(host);
	}

	/* The configuration's own string would not outlive a reload. */
	TALLOC_FREE(host->option_strings);
	host->option_strings = talloc_new(host);
	value = lp_parm_const_string(snum, FSS_MODULE, name, NULL);
	if (value != NULL) {
		result = talloc_strdup(host->option_strings, value);
	}
	TALLOC_FREE(frame);
	return result;
}

const char *fss_host_gate_directory(void *_host)
{
	struct fss_host *host = _host;

	if (host->gate_directory == NULL) {
		host->gate_directory = fss_gate_directory(host);
	}
	return host->gate_directory;
}

bool fss_registry_shares(void *_host)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);

	fss_config_refresh(host);
	return lp_registry_shares();
}

/* Quotes, as a member may have blanks. */
const char *fss_vfs_objects(TALLOC_CTX *mem_ctx, int snum)
{
	const char **objects = lp_vfs_objects(snum);
	char *text = talloc_strdup(mem_ctx, "");
	size_t i;

	for (i = 0; objects != NULL && objects[i] != NULL; i++) {
		talloc_asprintf_addbuf(&text, "\"%s\" ", objects[i]);
	}
	return text;
}

/* Whether a path has a variable whose value differs between clients, or from one
 * moment to the next: others than the server's and the share's name. */
static bool fss_depends_on_caller(const char *path)
{
	const char *p = path;

	while ((p = strchr(p, '%')) != NULL) {
		p++;
		if (*p != '\0' && strchr("Shvw$%", *p) == NULL) {
			return true;
		}
		p += *p == '%';
	}
	return false;
}

static char *fss_substitute(TALLOC_CTX *mem_ctx, int snum, const char *path)
{
	const char *name = fss_config_share_name(mem_ctx, snum);

	if (fss_depends_on_caller(path)) {
		return NULL;
	}
	return talloc_sub_full(mem_ctx, name, "", "", (gid_t)-1, "", "", path);
}

/* The directory that smbd connects all clients to; NULL: it differs. */
static const char *fss_share_path(TALLOC_CTX *mem_ctx, int snum)
{
	char *path = lp_path(talloc_tos(), lpcfg_noop_substitution(), snum);

	if (path == NULL) {
		return NULL;
	}
	if (path[0] == '\0') {
		return ""; /* then it is not available either */
	}
	path = fss_substitute(talloc_tos(), snum, path);
	if (path == NULL) {
		return NULL;
	}
	return canonicalize_absolute_path(mem_ctx, path);
}

static bool fss_is_guarded(int snum)
{
	const struct loadparm_substitution *raw = lpcfg_noop_substitution();

	return (lp_root_preexec_close(snum) &&
		*lp_root_preexec(talloc_tos(), raw, snum) != '\0') ||
	       (lp_preexec_close(snum) &&
		*lp_preexec(talloc_tos(), raw, snum) != '\0');
}

int fss_find_share(void *_host, const char *name, const void *_session,
		   struct fss_share *share)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	const struct auth_session_info *session = _session;
	TALLOC_CTX *frame = talloc_stackframe();
	int snum;

	snum = fss_config_share_number(host, name, session);
	if (snum < 0) {
		TALLOC_FREE(frame);
		return ENOENT;
	}

	TALLOC_FREE(host->share_strings);
	host->share_strings = talloc_new(host);
	*share = (struct fss_share){
		.name = fss_text_to_core(host->share_strings,
					 fss_config_share_name(frame, snum)),
		.path = fss_share_path(host->share_strings, snum),
		.vfs_objects = fss_vfs_objects(host->share_strings, snum),
		.available = lp_snum_ok(snum),
		.guarded = fss_is_guarded(snum),
	};
	TALLOC_FREE(frame);

	if (share->path != NULL && !fss_text_is_valid(share->path)) {
		return EILSEQ;
	}
	if (share->name == NULL || share->vfs_objects == NULL) {
		return ENOMEM;
	}
	if (share->path == NULL) {
		return EINVAL;
	}
	return 0;
}
