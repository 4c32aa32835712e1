// SPDX-License-Identifier: GPL-3.0-or-later
/// In place of SnapperBus.cpp in a build without the D-Bus library.
#include "snapper_backend/SnapperService.h"

namespace fss::snapper {

namespace {

class NoService : public Service {
public:
	Result<std::unique_ptr<Session>> connect() override
	{
		return fail(HResult::Fail, "reach snapper", ENOSYS,
		            "this build has no D-Bus library; build with -Dsnapper=enabled");
	}
};

} // namespace

std::unique_ptr<Service> systemService()
{
	return std::make_unique<NoService>();
}

} // namespace fss::snapper
