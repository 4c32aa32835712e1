// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/cli/SambaOptions.h"

#include "command_line/LocaleText.h"
#include "requester/samba/fsrvp_client.h"

#include <algorithm>
#include <cstdlib>

namespace fss::requester {

namespace {

// Samba's own option serves but some of its connections.
void useCredentialCache(const std::string &name)
{
	setenv("KRB5CCNAME", name.c_str(), 1);
}

Kerberos kerberosOf(smbshadow_kerberos state)
{
	switch (state) {
	case SMBSHADOW_KERBEROS_OFF:
		return Kerberos::Off;
	case SMBSHADOW_KERBEROS_REQUIRED:
		return Kerberos::Required;
	case SMBSHADOW_KERBEROS_DESIRED:
		break;
	}
	return Kerberos::Desired;
}

} // namespace

void SambaOptions::addValue(cli::Command &program, const char *names, const char *longName,
                            const char *text)
{
	Option &option = options_.emplace_back(Option{longName, {}, false});
	program.option(names, option.values, text)
	        .heading("Samba's options")
	        .oneValueEach()
	        .valueName("");
}

void SambaOptions::addFlag(cli::Command &program, const char *names, const char *longName,
                           const char *text)
{
	Option &option = options_.emplace_back(Option{longName, {}, false});
	program.flag(names, option.flag, text).heading("Samba's options");
}

void SambaOptions::add(cli::Command &program)
{
	addValue(program, "-U,--user", "user",
	         "[DOMAIN/]USER; the password is asked for, or taken from PASSWD, PASSWD_FD or "
	         "PASSWD_FILE");
	addValue(program, "-A,--authentication-file", "authentication-file",
	         "FILE with lines 'username = ', 'password = ', 'domain = '");
	addFlag(program, "-N,--no-pass", "no-pass", "do not ask for a password");
	addFlag(program, "-P,--machine-pass", "machine-pass",
	        "use this machine's own account in the domain");
	addValue(program, "--use-kerberos", "use-kerberos", "desired, required or off");
	addValue(program, "--use-krb5-ccache", "use-krb5-ccache", "credential cache for Kerberos");
	addFlag(program, "--use-winbind-ccache", "use-winbind-ccache",
	        "use winbind's cached credentials");
	addFlag(program, "--pw-nt-hash", "pw-nt-hash", "the password is an NT hash");
	addValue(program, "-W,--workgroup", "workgroup", "workgroup or domain of the user");
	addValue(program, "--realm", "realm", "Kerberos realm");
	addValue(program, "-n,--netbiosname", "netbiosname", "name of this machine");
	addValue(program, "-R,--name-resolve", "name-resolve", "order of name services");
	addValue(program, "-m,--max-protocol", "max-protocol", "highest SMB protocol");
	addValue(program, "--client-protection", "client-protection",
	         "sign, encrypt or off, for SMB beneath the RPC");
	addValue(program, "-s,--configfile", "configfile", "smb.conf to use");
	addValue(program, "--option", "option", "NAME=VALUE, a parameter of smb.conf");
	addValue(program, "-d,--debuglevel", "debuglevel", "Samba's own messages, 0 to 10");
}

bool SambaOptions::debugs() const
{
	return std::ranges::any_of(options_, [](const Option &option) {
		return option.longName == "debuglevel" && !option.values.empty();
	});
}

bool SambaOptions::start() const
{
	std::vector<std::string> words{"smbshadow"};
	// First: they say how to take the others, as --pw-nt-hash does with the password.
	for (const Option &option : options_)
		if (option.flag)
			words.push_back("--" + option.longName);
	for (const Option &option : options_) {
		for (const std::string &value : option.values) {
			const bool isName =
			        option.longName == "user" || option.longName == "workgroup";
			words.push_back("--" + option.longName + "=" +
			                (isName ? cli::fromLocale(value) : value));
			if (option.longName == "use-krb5-ccache")
				useCredentialCache(value);
		}
	}
	// Kept for as long as the process lives: Samba keeps pointers into them.
	static std::vector<std::string> kept;
	kept = std::move(words);
	std::vector<const char *> pointers;
	for (const std::string &word : kept)
		pointers.push_back(word.c_str());
	pointers.push_back(nullptr);
	return smbshadow_samba_start(static_cast<int>(kept.size()), pointers.data());
}

std::optional<Login> SambaOptions::login(uint16_t port) const
{
	smbshadow_login found{};
	if (!smbshadow_samba_login(&found))
		return std::nullopt;
	const auto text = [](const char *value) { return std::string(value ? value : ""); };
	return Login{.domain = text(found.domain),
	             .user = text(found.user),
	             .password = text(found.password),
	             .passwordIsNtHash = found.password_is_nt_hash,
	             .kerberos = kerberosOf(found.kerberos),
	             .configFile = text(found.config_file),
	             .port = port};
}

} // namespace fss::requester
