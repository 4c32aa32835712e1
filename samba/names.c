/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names and addresses that clients may call this server by. */
#include "includes.h"
#include "lib/interface.h"
#include "lib/util/util_net.h"
#include "fss_charset.h"
#include "host_private.h"

/* The resolver may be slow, or not answer at all. */
static const char *fss_dns_name(struct fss_host *host)
{
	if (!host->dns_asked) {
		TALLOC_FREE(host->dns_name);
		host->dns_name = talloc_strdup(host, get_mydnsfullname());
		host->dns_asked = true;
	}
	return host->dns_name;
}

static void fss_tell_name(const char *name, fss_text_fn fn, void *arg)
{
	char *text = name != NULL ? fss_text_to_core(talloc_tos(), name) : NULL;

	if (text != NULL) {
		fn(arg, text);
	}
	TALLOC_FREE(text);
}

static void fss_domain_name(fss_text_fn fn, void *arg)
{
	const char *domain = lp_dnsdomain();
	char *name = NULL;

	if (domain == NULL || domain[0] == '\0') {
		return;
	}
	name = talloc_asprintf(talloc_tos(), "%s.%s", lp_netbios_name(),
			       domain);
	if (name != NULL && strlower_m(name)) {
		fss_tell_name(name, fn, arg);
	}
	TALLOC_FREE(name);
}

static void fss_list_names(const char **names, fss_text_fn fn, void *arg)
{
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++) {
		fss_tell_name(names[i], fn, arg);
	}
}

/* They may change at any time; but a call in a row of many need not ask again. */
static void fss_refresh_interfaces(struct fss_host *host)
{
	time_t now = time_mono(NULL);

	if (host->interfaces_loaded != now) {
		load_interfaces();
		host->interfaces_loaded = now;
	}
}

static void fss_interface_addresses(struct fss_host *host, fss_text_fn fn,
				    void *arg)
{
	int i;

	fss_refresh_interfaces(host);
	for (i = 0; i < iface_count(); i++) {
		char text[INET6_ADDRSTRLEN];
		const struct sockaddr_storage *address =
			iface_n_sockaddr_storage(i);

		if (address != NULL) {
			print_sockaddr(text, sizeof(text), address);
			fn(arg, text);
		}
	}
}

void fss_server_names(void *_host, fss_text_fn fn, void *arg)
{
	struct fss_host *host = talloc_get_type_abort(_host, struct fss_host);
	TALLOC_CTX *frame = talloc_stackframe();
	const char *name = NULL;

	fss_config_refresh_globals(host);

	fss_tell_name(lp_netbios_name(), fn, arg);
	fss_list_names(lp_netbios_aliases(), fn, arg);

	name = fss_dns_name(host);
	fss_tell_name(name, fn, arg);
	fss_domain_name(fn, arg);
	fss_list_names(lp_additional_dns_hostnames(), fn, arg);

	fss_interface_addresses(host, fn, arg);
	fn(arg, "127.0.0.1");
	fn(arg, "::1");
	fn(arg, "localhost");

	TALLOC_FREE(frame);
}
