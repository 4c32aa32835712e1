// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/LoadModule.h"

#include <dlfcn.h>

namespace fss::doctor {

std::string loadModule(const std::string &path)
{
	void *const module = dlopen(path.c_str(), RTLD_NOW);
	if (module == nullptr)
		return dlerror();
	// What Samba calls in a module.
	if (dlsym(module, "samba_init_module") == nullptr)
		return dlerror();
	return "";
}

} // namespace fss::doctor
