/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of the configuration. As it is loaded it does not tell how it came
 * about, and whether it would be another for another client.
 */
#include "includes.h"
#include "lib/param/loadparm.h"
#include "lib/util/samba_util.h"
#include "substitute.h"
#include "fss_charset.h"
#include "host_private.h"

#define FSS_REGISTRY "registry"

struct fss_reading {
	char *section; /* on the talloc stack */
	fss_line_fn fn;
	void *arg;
};

/* Values are bytes, but for the names of shares: see fss_charset.h. */
static bool fss_is_share_name(const char *parameter)
{
	return strwicmp(parameter, "copy") == 0 ||
	       strwicmp(parameter, "usershare template share") == 0;
}

static bool fss_pass_line(const struct fss_reading *reading,
			  const char *section, const char *name,
			  const char *value)
{
	section = fss_text_or_bytes_to_core(talloc_tos(), section);
	if (fss_is_share_name(name)) {
		value = fss_text_or_bytes_to_core(talloc_tos(), value);
	}
	if (section == NULL || value == NULL) {
		return false;
	}
	reading->fn(reading->arg, section, name, value);
	return true;
}

static bool fss_read_section(const char *section, void *private_data)
{
	struct fss_reading *reading = private_data;

	TALLOC_FREE(reading->section);
	reading->section = talloc_strdup(talloc_tos(), section);
	return reading->section != NULL;
}

static bool fss_read_parameter(const char *name, const char *value,
			       void *private_data)
{
	struct fss_reading *reading = private_data;

	return fss_pass_line(reading, reading->section, name, value);
}

static int fss_read_file(const char *path, struct fss_reading *reading)
{
	struct stat st = { 0 };

	if (stat(path, &st) != 0) {
		return errno;
	}
	reading->section = talloc_strdup(talloc_tos(), "");
	if (reading->section == NULL) {
		return ENOMEM;
	}
	return pm_process(path, fss_read_section, fss_read_parameter, reading)
		       ? 0
		       : EIO;
}

static int fss_read_registry_section(struct smbconf_ctx *registry,
				     const char *section,
				     const struct fss_reading *reading)
{
	struct smbconf_service *service = NULL;
	uint32_t i;
	sbcErr err = smbconf_get_share(registry, talloc_tos(), section,
				       &service);

	if (err == SBC_ERR_NO_SUCH_SERVICE) {
		return 0;
	}
	if (!SBC_ERROR_IS_OK(err)) {
		return EIO;
	}
	for (i = 0; i < service->num_params; i++) {
		if (!fss_pass_line(reading, section, service->param_names[i],
				   service->param_values[i])) {
			return ENOMEM;
		}
	}
	return 0;
}

static int fss_read_registry(struct fss_host *host, const char *share,
			     const struct fss_reading *reading)
{
	struct smbconf_ctx *registry = fss_registry(host);
	int err;

	if (registry == NULL) {
		return EIO;
	}
	err = fss_read_registry_section(registry, GLOBAL_NAME, reading);
	if (err == 0 && share != NULL) {
		share = fss_text_from_core(talloc_tos(), share);
		err = share != NULL ? fss_read_registry_section(registry, share,
								reading)
				    : errno;
	}
	return err;
}

int fss_configuration(void *_host, const char *file, const char *share,
		      fss_line_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	struct fss_reading reading = { .fn = fn, .arg = arg };
	TALLOC_CTX *frame = talloc_stackframe();
	char *path = NULL;
	int err;

	if (file != NULL && strequal(file, FSS_REGISTRY)) {
		err = fss_read_registry(host, share, &reading);
		TALLOC_FREE(frame);
		return err;
	}
	path = talloc_sub_basic(frame, "", "",
				file != NULL ? file : get_dyn_CONFIGFILE());
	err = path != NULL ? fss_read_file(path, &reading) : ENOMEM;
	TALLOC_FREE(frame);
	return err;
}
