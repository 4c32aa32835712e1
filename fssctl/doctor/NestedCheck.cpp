// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Checks.h"

#include "agent/Options.h"
#include "provider/btrfs/Nested.h"

#include <fmt/format.h>

namespace fss::doctor {

Findings checkNestedBelow(const Surroundings &at, const ShareInfo &share,
                          const btrfs::LocatedShare &located)
{
	constexpr const char *check = "nested";
	const Options options(at.host);
	const auto leftOut =
	        btrfs::checkNested(located.root.get(), located.location.volume,
	                           located.location.relativePath, options.nested(share.name));
	if (leftOut && leftOut->empty())
		return {ok(check, share.name,
		           "nothing below the share would be missing in a snapshot")};
	if (leftOut)
		return {{check, share.name, Verdict::Info,
		         fmt::format("'{}' is left out of shadow copies: fss:nested = ignore",
		                     *leftOut)}};
	// Nothing is wrong with the share then.
	if (leftOut.error().errnum != 0)
		return {{check, share.name, Verdict::Error, leftOut.error().text(), {}}};
	// Subvolumes can be put in their places, by the agent itself; mounts cannot.
	const auto mount = btrfs::findMountBelow(located.path, located.location.volume.root);
	const bool included =
	        mount && !*mount && options.provider(share.name) != ProviderChoice::Snapper;
	return {{check,
	         share.name,
	         Verdict::Error,
	         leftOut.error().text(),
	         {setParameter(at.samba, share.name, "fss:nested",
	                       included ? "include" : "ignore")}}};
}

} // namespace fss::doctor
