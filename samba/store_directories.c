/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot stores that administrators have chosen a place for. A client may
 * come across one through another share than the one that uses it. */
#include "includes.h"
#include "fss_host.h"

static char **fss_add_store_directory(char **list, int snum)
{
	const char *directory = lp_parm_const_string(snum, "fss",
						     "store directory", NULL);
	const char **longer = NULL;
	size_t count = 0;

	if (directory == NULL || directory[0] == '\0') {
		return list;
	}
	for (count = 0; list[count] != NULL; count++) {
		if (strcmp(list[count], directory) == 0) {
			return list;
		}
	}
	longer = str_list_add(discard_const_p(const char *, list), directory);
	return discard_const_p(char *, longer);
}

char **fss_store_directories(TALLOC_CTX *mem_ctx)
{
	char **list = talloc_zero_array(mem_ctx, char *, 1);
	int snum;

	if (list != NULL) {
		list = fss_add_store_directory(list, GLOBAL_SECTION_SNUM);
	}
	for (snum = 0; list != NULL && snum < lp_numservices(); snum++) {
		if (lp_snum_ok(snum)) {
			list = fss_add_store_directory(list, snum);
		}
	}
	return list;
}
