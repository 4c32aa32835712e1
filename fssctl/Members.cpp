// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Members.h"

#include "fssctl/Environment.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

namespace fssctl {

using fss::fail;
using fss::HResult;

namespace {

bool contains(const std::vector<gid_t> &groups, gid_t group)
{
	return std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::vector<gid_t> groupsInDatabase(uid_t uid)
{
	const passwd *entry = getpwuid(uid);
	if (entry == nullptr)
		return {};
	const std::string name = entry->pw_name;
	const gid_t primary = entry->pw_gid;
	int count = 64;
	std::vector<gid_t> groups(static_cast<size_t>(count));
	if (getgrouplist(name.c_str(), primary, groups.data(), &count) < 0) {
		groups.resize(static_cast<size_t>(count)); // how many there are
		if (getgrouplist(name.c_str(), primary, groups.data(), &count) < 0)
			return {primary};
	}
	groups.resize(static_cast<size_t>(count));
	return groups;
}

} // namespace

fss::Result<Peer> Peer::of(int socket)
{
	Peer peer;
	socklen_t size = sizeof(peer.credentials);
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer.credentials, &size) != 0)
		return fail(HResult::Fail, "find out who has connected", errno);
	peer.groups.resize(64);
	for (;;) {
		size = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
		if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) == 0)
			break;
		if (errno != ERANGE)
			return fail(HResult::Fail, "find out the groups of who has connected",
			            errno);
		peer.groups.resize(size / sizeof(gid_t)); // how many there are
	}
	peer.groups.resize(size / sizeof(gid_t));
	return peer;
}

fss::Result<void> checkMember(const Peer &peer, const std::string &group)
{
	const auto uid = peer.credentials.uid;
	if (uid == 0)
		return {};
	if (group.empty())
		return fail(HResult::AccessDenied,
		            "only root may use fssctl: smb.conf has no \"fss:admin group\"", 0,
		            "set it in [global] to a Unix group whose members may");
	const auto *entry = getgrnam(group.c_str());
	if (entry == nullptr)
		return fail(HResult::AccessDenied,
		            fmt::format("there is no group '{}', which \"fss:admin group\" names",
		                        group),
		            0, fmt::format("groupadd '{}'", group));
	const auto gid = entry->gr_gid;
	if (peer.credentials.gid == gid || contains(peer.groups, gid) ||
	    contains(groupsInDatabase(uid), gid))
		return {};
	return fail(HResult::AccessDenied,
	            fmt::format("{} is not in group '{}', whose members may use fssctl",
	                        accountName(uid), group),
	            0, fmt::format("usermod -aG '{}' '{}'", group, accountName(uid)));
}

} // namespace fssctl
