// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/ExposureTable.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <unordered_map>
#include <utility>

namespace fss {

namespace {

using enum Treatment;

constexpr std::string_view access = "who may do what is as in the base share";
constexpr std::string_view names = "names read as in the base share";
constexpr std::string_view attributes = "attributes and times read as in the base share";
constexpr std::string_view acls = "security descriptors read as in the base share";
constexpr std::string_view sizes = "sizes and space read as in the base share";
constexpr std::string_view session = "how clients work with a share is no different here";
constexpr std::string_view writers = "concerns writers only: nobody, or those who recover the copy";
constexpr std::string_view own = "the exposed share's own";
constexpr std::string_view gate =
        "runs for the base share only, and is asked as for that where it closes the connection";
constexpr std::string_view runs = "runs a command, which has to run for the base share only";
constexpr std::string_view writes = "would let someone write to a shadow copy";
constexpr std::string_view leads = "leads out of the shadow copy, to what is there now";
constexpr std::string_view printing = "of no effect without printable";
constexpr std::string_view resolved = "has been followed already";
constexpr std::string_view unused = "smbd does not use it for files";

constexpr std::array rows{
        ParameterRow{"access based share enum", Keep, "", access},
        ParameterRow{"acl allow execute always", Keep, "", access},
        ParameterRow{"acl check permissions", Keep, "", acls},
        ParameterRow{"acl flag inherited canonicalization", Keep, "", writers},
        ParameterRow{"acl group control", Keep, "", writers},
        ParameterRow{"acl map full control", Keep, "", acls},
        ParameterRow{"admin users", Keep, "",
                     "they may read all, as in the base share; it does not make a share writable"},
        ParameterRow{"administrative share", Keep, "", session},
        ParameterRow{"afs share", Keep, "", session},
        ParameterRow{"aio read size", Keep, "", session},
        ParameterRow{"aio write behind", Keep, "", writers},
        ParameterRow{"aio write size", Keep, "", writers},
        ParameterRow{"allocation roundup size", Keep, "", sizes},
        ParameterRow{"available", Replace, "yes", own},
        ParameterRow{"block size", Keep, "", sizes},
        ParameterRow{"blocking locks", Keep, "", session},
        ParameterRow{"browseable", Replace, "no", own},
        ParameterRow{"case sensitive", Keep, "", names},
        ParameterRow{"check parent directory delete on close", Keep, "", writers},
        ParameterRow{"comment", Replace, "", own},
        ParameterRow{"continuous availability", Drop, "no", "no handle may outlive the share",
                     since(25)},
        ParameterRow{"copy", Omit, "", resolved},
        ParameterRow{"create mask", Keep, "", writers},
        ParameterRow{"csc policy", Replace, "disable",
                     "clients must not keep files of a share that goes"},
        ParameterRow{"cups options", Keep, "", printing},
        ParameterRow{"default case", Keep, "", names},
        ParameterRow{"default devmode", Keep, "", printing},
        ParameterRow{"delete readonly", Keep, "", writers},
        ParameterRow{"delete veto files", Keep, "", writers},
        ParameterRow{"dfree cache time", Drop, "0", "belongs to dfree command"},
        ParameterRow{"dfree command", Drop, "", runs},
        ParameterRow{"directory mask", Keep, "", writers},
        ParameterRow{"directory name cache size", Keep, "", session, before(19)},
        ParameterRow{"dmapi support", Keep, "", attributes},
        ParameterRow{"dont descend", Keep, "", names},
        ParameterRow{"dos filemode", Keep, "", writers},
        ParameterRow{"dos filetime resolution", Keep, "", attributes},
        ParameterRow{"dos filetimes", Keep, "", writers},
        ParameterRow{"durable handles", Keep, "", session},
        ParameterRow{"ea support", Keep, "", attributes},
        ParameterRow{"fake directory create times", Keep, "", attributes},
        ParameterRow{"fake oplocks", Keep, "", session},
        ParameterRow{"follow symlinks", Keep, "", names},
        ParameterRow{"force create mode", Keep, "", writers},
        ParameterRow{"force directory mode", Keep, "", writers},
        ParameterRow{"force group", Keep, "", access},
        ParameterRow{"force printername", Keep, "", printing},
        ParameterRow{"force unknown acl user", Keep, "", writers},
        ParameterRow{"force user", Keep, "", access},
        ParameterRow{"fstype", Keep, "", session},
        ParameterRow{"guest ok", Keep, "", access},
        ParameterRow{"guest only", Keep, "", access},
        ParameterRow{"hide dot files", Keep, "", attributes},
        ParameterRow{"hide files", Keep, "", attributes},
        ParameterRow{"hide new files timeout", Drop, "0",
                     "a shadow copy may not show more as time goes by"},
        ParameterRow{"hide special files", Keep, "", names},
        ParameterRow{"hide unreadable", Keep, "", names},
        ParameterRow{"hide unwriteable files", Drop, "no",
                     "nothing can be written here: it would hide all"},
        ParameterRow{"honor change notify privilege", Keep, "", session},
        ParameterRow{"hosts allow", Keep, "", access},
        ParameterRow{"hosts deny", Keep, "", access},
        ParameterRow{"include", Omit, "", resolved},
        ParameterRow{"inherit acls", Keep, "", writers},
        ParameterRow{"inherit owner", Keep, "", writers},
        ParameterRow{"inherit permissions", Keep, "", writers},
        ParameterRow{"invalid users", Keep, "", access},
        ParameterRow{"kernel oplocks", Keep, "", session},
        ParameterRow{"kernel share modes", Keep, "", session},
        ParameterRow{"level2 oplocks", Keep, "", session},
        ParameterRow{"locking", Keep, "", session},
        ParameterRow{"lppause command", Keep, "", printing},
        ParameterRow{"lpq command", Keep, "", printing},
        ParameterRow{"lpresume command", Keep, "", printing},
        ParameterRow{"lprm command", Keep, "", printing},
        ParameterRow{"magic output", Drop, "", runs},
        ParameterRow{"magic script", Drop, "", runs},
        ParameterRow{"mangled names", Keep, "", names},
        ParameterRow{"mangling char", Keep, "", names},
        ParameterRow{"map acl inherit", Keep, "", acls},
        ParameterRow{"map archive", Keep, "", attributes},
        ParameterRow{"map hidden", Keep, "", attributes},
        ParameterRow{"map readonly", Rewrite, "",
                     "permissions becomes yes: nothing can be written here, and all would read "
                     "as read-only"},
        ParameterRow{"map system", Keep, "", attributes},
        ParameterRow{"max connections", Drop, "0",
                     "a backup takes no connection from the base share, and needs its own"},
        ParameterRow{"max print jobs", Keep, "", printing},
        ParameterRow{"max reported print jobs", Keep, "", printing},
        ParameterRow{"min print space", Keep, "", printing},
        ParameterRow{"msdfs proxy", Drop, "", leads},
        ParameterRow{"msdfs root", Drop, "no", leads},
        ParameterRow{"msdfs shuffle referrals", Drop, "no", "belongs to msdfs root"},
        ParameterRow{"nt acl support", Keep, "", acls},
        ParameterRow{"ntvfs handler", Keep, "", unused},
        ParameterRow{"oplocks", Keep, "", session},
        ParameterRow{"path", Replace, "", own},
        ParameterRow{"posix locking", Keep, "", session},
        ParameterRow{"postexec", Drop, "", runs},
        ParameterRow{"preexec", Drop, "", gate},
        ParameterRow{"preexec close", Drop, "no", "belongs to preexec"},
        ParameterRow{"preserve case", Keep, "", names},
        ParameterRow{"print command", Keep, "", printing},
        ParameterRow{"print notify backchannel", Keep, "", printing},
        ParameterRow{"printable", Drop, "no", "an exposed share serves files"},
        ParameterRow{"printer name", Keep, "", printing},
        ParameterRow{"printing", Keep, "", printing},
        ParameterRow{"printjob username", Keep, "", printing},
        ParameterRow{"queuepause command", Keep, "", printing},
        ParameterRow{"queueresume command", Keep, "", printing},
        ParameterRow{"read list", Keep, "", access},
        ParameterRow{"read only", Replace, "",
                     "yes; no only with ATTR_AUTO_RECOVERY, until RecoveryComplete"},
        ParameterRow{"root postexec", Drop, "", runs},
        ParameterRow{"root preexec", Drop, "", gate},
        ParameterRow{"root preexec close", Drop, "no", "belongs to root preexec"},
        ParameterRow{"server addresses", Keep, "", access, since(18)},
        ParameterRow{"server smb encrypt", Keep, "", session},
        ParameterRow{"short preserve case", Keep, "", names},
        ParameterRow{"smb3 unix extensions", Keep, "", session, since(20)},
        ParameterRow{"smbd async dosmode", Keep, "", session},
        ParameterRow{"smbd force process locks", Keep, "", session},
        ParameterRow{"smbd getinfo ask sharemode", Keep, "", session},
        ParameterRow{"smbd max async dosmode", Keep, "", session},
        ParameterRow{"smbd max xattr size", Keep, "", attributes},
        ParameterRow{"smbd profiling share", Keep, "", "counts what is done, here as there",
                     since(23)},
        ParameterRow{"smbd search ask sharemode", Keep, "", session},
        ParameterRow{"spotlight", Drop, "no", "its index is of the base share, as it is now"},
        ParameterRow{"spotlight backend", Keep, "", "of no effect without spotlight"},
        ParameterRow{"store dos attributes", Keep, "", attributes},
        ParameterRow{"strict allocate", Keep, "", writers},
        ParameterRow{"strict locking", Keep, "", session},
        ParameterRow{"strict rename", Keep, "", writers},
        ParameterRow{"strict sync", Keep, "", writers},
        ParameterRow{"sync always", Keep, "", writers},
        ParameterRow{"use client driver", Keep, "", printing},
        ParameterRow{"use sendfile", Keep, "", session},
        ParameterRow{"valid users", Keep, "", access},
        ParameterRow{"veto files", Keep, "", names},
        ParameterRow{"veto oplock files", Keep, "", session},
        ParameterRow{"vfs mkdir use tmp name", Keep, "", writers, since(22)},
        ParameterRow{"vfs objects", Rewrite, "", "see below"},
        ParameterRow{"volume", Keep, "", session},
        ParameterRow{"volume serial number", Keep, "", session},
        ParameterRow{"wide links", Drop, "no", leads},
        ParameterRow{"write list", Drop, "", writes},
};

using Synonym = std::pair<std::string_view, std::string_view>;

// As normalisedParameter() gives them.
constexpr std::array synonyms{
        Synonym{"browsable", "browseable"},  Synonym{"casesignames", "casesensitive"},
        Synonym{"createmode", "createmask"}, Synonym{"directorymode", "directorymask"},
        Synonym{"group", "forcegroup"},      Synonym{"public", "guestok"},
        Synonym{"onlyguest", "guestonly"},   Synonym{"allowhosts", "hostsallow"},
        Synonym{"denyhosts", "hostsdeny"},   Synonym{"directory", "path"},
        Synonym{"exec", "preexec"},          Synonym{"printok", "printable"},
        Synonym{"printer", "printername"},   Synonym{"vfsobject", "vfsobjects"},
        Synonym{"writable", "readonly"},     Synonym{"writeok", "readonly"},
        Synonym{"writeable", "readonly"},    Synonym{"smbencrypt", "serversmbencrypt"},
};

} // namespace

std::span<const ParameterRow> parameterTable()
{
	return rows;
}

std::string normalisedParameter(std::string_view parameter)
{
	std::string out;
	for (unsigned char c : parameter)
		if (!std::isspace(c))
			out += static_cast<char>(std::tolower(c));
	return out;
}

const ParameterRow *findParameter(std::string_view parameter)
{
	static const auto index = [] {
		std::unordered_map<std::string, const ParameterRow *> byName;
		for (const auto &row : rows)
			byName.emplace(normalisedParameter(row.name), &row);
		for (const auto &[synonym, name] : synonyms)
			byName.emplace(synonym, byName.at(std::string(name)));
		return byName;
	}();
	const auto found = index.find(normalisedParameter(parameter));
	return found != index.end() ? found->second : nullptr;
}

} // namespace fss
