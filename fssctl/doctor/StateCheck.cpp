// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/StateCheck.h"

#include "fssctl/doctor/Checks.h"

#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace fss::doctor {

namespace {

// A transaction of the state store and of the registry, with room to grow.
constexpr uint64_t leastRoom = 4 << 20;

Findings checkOwner(const std::string &check, const std::string &path, const struct stat &info,
                    mode_t others, const char *closed)
{
	Findings findings;
	if (info.st_uid != 0)
		findings.push_back(
		        {check,
		         "",
		         Verdict::Error,
		         fmt::format("{} belongs to uid {} and not to root", path, info.st_uid),
		         {command({"chown", "root:root", path})}});
	if ((info.st_mode & others) != 0)
		findings.push_back(
		        {check,
		         "",
		         Verdict::Error,
		         fmt::format("{} has mode {:04o}: others than root can {} it", path,
		                     info.st_mode & 07777,
		                     (others & S_IROTH) != 0 ? "read or change" : "change"),
		         {command({"chmod", closed, path})}});
	return findings;
}

Findings checkDirectory(const std::string &what, const std::string &path)
{
	const auto check = what + "-directory";
	struct stat info {};
	struct statvfs system {};
	if (stat(path.c_str(), &info) != 0 || statvfs(path.c_str(), &system) != 0)
		return {{check,
		         "",
		         Verdict::Error,
		         fmt::format("Samba's {} directory {}: {}", what, path, strerror(errno)),
		         {command({"install", "-d", "-m", "0755", path})}}};
	auto findings = checkOwner(check, path, info, S_IWGRP | S_IWOTH, "go-w");
	if ((system.f_flag & ST_RDONLY) != 0)
		findings.push_back(
		        {check,
		         "",
		         Verdict::Error,
		         fmt::format("Samba's {} directory {} is on a file system that is "
		                     "mounted read-only",
		                     what, path),
		         {Remedy{fmt::format(
		                 "mount -o remount,rw \"$(findmnt -n -o TARGET -T {})\"",
		                 quoted(path))}}});
	else if (uint64_t{system.f_bavail} * system.f_frsize < leastRoom)
		findings.push_back(
		        {check, "", Verdict::Error,
		         fmt::format("the file system of Samba's {} directory {} is full; make "
		                     "room on it",
		                     what, path)});
	if (findings.empty())
		findings.push_back(ok(check, "", fmt::format("{} is root's and writable", path)));
	return findings;
}

Findings checkDatabase(Samba &samba, const std::string &path)
{
	constexpr const char *check = "state-database";
	struct stat info {};
	if (stat(path.c_str(), &info) != 0)
		return {};
	auto findings = checkOwner(check, path, info, S_IRWXG | S_IRWXO, "0600");
	if (const auto why = samba.unsound(path); !why.empty())
		findings.push_back(
		        {check,
		         "",
		         Verdict::Error,
		         fmt::format("{} is damaged ({}): the agent refuses all calls. Put a sound "
		                     "copy in its place, or move it away: doctor then lists the "
		                     "snapshots that no record names",
		                     path, why),
		         {command({"mv", path, path + ".damaged"})}});
	if (findings.empty())
		findings.push_back(ok(check, "", fmt::format("{} is root's and sound", path)));
	return findings;
}

void append(Findings &findings, Findings more)
{
	for (auto &finding : more)
		findings.push_back(std::move(finding));
}

} // namespace

Findings checkState(const Surroundings &at)
{
	return checkState(at.samba);
}

Findings checkState(Samba &samba)
{
	Findings findings;
	const auto state = samba.stateDirectory();
	const auto lock = samba.lockDirectory();
	append(findings, checkDirectory("state", state));
	append(findings, checkDirectory("lock", lock));
	append(findings, checkDatabase(samba, state + "/fss.tdb"));
	append(findings, checkDatabase(samba, fmt::format("{}/fss-{}.tdb", lock, fss_boot_id())));
	return findings;
}

} // namespace fss::doctor
